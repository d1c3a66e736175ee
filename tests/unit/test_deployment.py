"""docker-compose.yml, k8s/ and the Dockerfiles name the settings, topics, ports and versions that the code has."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import ApiSettings
from flink_job.console.canary import command as canary
from flink_job.local import cluster, jars, kafka
from flink_job.local.settings import StackSettings, client_environ, stack_settings
from flink_job.settings import MAX_EVENT_BYTES, MAX_LETTER_BYTES, JobSettings
from udfs.settings import read, table

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BASE = ROOT / "k8s" / "base"
MANIFESTS = [file for file in (ROOT / "k8s").rglob("*.yaml") if file.parent.name != "compose"]
FILES = [
    ROOT / "docker-compose.yml",
    *(ROOT / "k8s").rglob("*.yaml"),
    ROOT / "flink_job" / "Dockerfile",
    ROOT / "api" / "Dockerfile",
]
CONFIGS = ("message.timestamp.type", "max.message.bytes")
TOP_LEVEL = {
    "LICENSE",
    "README.md",
    "api",
    "cql",
    "docker-compose.yml",
    "flink_job",
    "k8s",
    "pyproject.toml",
    "tests",
    "udfs",
    "uv.lock",
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_variable_of_ours_in_a_deployment_is_a_setting(file: Path) -> None:
    known = {row.variable for kind in (JobSettings, ApiSettings, StackSettings) for row in table(kind)}
    known |= {str(option.envvar) for option in canary.params if option.envvar}
    assert set(re.findall(r"PENCHANT_[A-Z_]+[A-Z]", file.read_text())) <= known


@pytest.mark.parametrize("kind", [JobSettings, ApiSettings])
def test_the_settings_of_a_deployment_can_be_read(kind: type[JobSettings | ApiSettings]) -> None:
    for environ in (COMPOSE["x-settings"], _one("ConfigMap")["data"]):
        assert read(kind, environ).store_port == 9042


def test_deployments_use_the_topics_that_are_the_default() -> None:
    for environ in ({}, COMPOSE["x-settings"], _one("ConfigMap")["data"]):
        settings = read(JobSettings, environ)
        assert (settings.events_topic, settings.rejected_topic) == (kafka.EVENTS, kafka.REJECTED)


def test_topics_are_made_as_the_job_needs_them() -> None:
    wanted = {
        kafka.EVENTS: ("LogAppendTime", MAX_EVENT_BYTES),
        kafka.REJECTED: ("LogAppendTime", MAX_LETTER_BYTES),
    }
    assert _topics(SERVICES["topics"]["command"][-1]) == wanted
    assert _topics((ROOT / "README.md").read_text(encoding="utf-8")) == wanted
    assert {topic["metadata"]["name"]: _stated(topic["spec"]["config"]) for topic in _all("KafkaTopic")} == wanted


def test_a_dead_letter_may_be_four_times_as_large_as_an_event() -> None:
    assert MAX_LETTER_BYTES == 4 * MAX_EVENT_BYTES


def test_compose_answers_where_commands_look_by_default() -> None:
    stack = stack_settings({"HOME": "/"})
    settings = read(JobSettings, client_environ(stack))
    assert {name: _published(name) for name in ("kafka", "store", "jobmanager", "api")} == {
        "kafka": settings.kafka_bootstrap,
        "store": f"{settings.store_hosts}:{settings.store_port}",
        "jobmanager": f"127.0.0.1:{stack.flink_rest_port}",
        "api": f"127.0.0.1:{stack.api_port}",
    }


def test_compose_addresses_its_own_services() -> None:
    settings = read(JobSettings, COMPOSE["x-settings"])
    assert settings.hosts == ["store"]
    assert settings.kafka_bootstrap == "kafka:9092"
    assert {"store", "kafka"} <= set(SERVICES)
    assert f"INSIDE://{settings.kafka_bootstrap}" in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"//{_published('kafka')}" in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


def test_kubernetes_settings_name_the_store_and_the_log_that_the_operators_make() -> None:
    settings, store = read(JobSettings, _one("ConfigMap")["data"]), _one("ScyllaCluster")
    assert settings.hosts == [f"{store['metadata']['name']}-client"]
    assert settings.store_datacenter == store["spec"]["datacenter"]["name"]
    assert settings.store_replication == len(store["spec"]["datacenter"]["racks"])
    for topic in _all("KafkaTopic"):
        assert settings.kafka_bootstrap == f"{topic['metadata']['labels']['strimzi.io/cluster']}-kafka-bootstrap:9092"


def test_the_api_listens_where_its_probes_and_its_service_ask() -> None:
    port = read(ApiSettings, _environment_of(ROOT / "api" / "Dockerfile")).api_port
    (api,) = (one for one in _all("Deployment") if one["metadata"]["name"] == "penchant-api")
    (container,) = api["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    assert container["livenessProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert _one("Service")["spec"]["ports"][0]["targetPort"] == "http"
    assert SERVICES["api"]["ports"][0].endswith(f":{port}")
    assert f"127.0.0.1:{port}/health" in (ROOT / "api" / "Dockerfile").read_text()


def test_compose_and_kubernetes_run_the_same_two_images() -> None:
    built = {service["image"] for service in SERVICES.values() if "build" in service}
    deployed = [image for document in _documents(MANIFESTS) for image in _images(document)]
    assert {image.split(":")[0] for image in deployed} == built == {"penchant-flink-job", "penchant-api"}
    assert {image.split(":")[1] for image in deployed} == {_project_version()}


def test_tables_are_migrated_by_the_image_that_has_the_command() -> None:
    (container,) = _one("Job")["spec"]["template"]["spec"]["containers"]
    assert container["args"] == SERVICES["migrate"]["command"].split() == ["penchant", "migrate"]
    assert container["image"].startswith("penchant-flink-job:")


def test_both_deployments_start_the_same_program_of_the_image() -> None:
    program = "/opt/penchant/lib/python3.11/site-packages/flink_job/__main__.py"
    assert _one("FlinkDeployment")["spec"]["job"]["args"] == ["-py", program]
    assert SERVICES["submit"]["command"][-1].endswith(f"-py {program}")


def test_compose_submits_no_second_job_beside_one_that_runs(tmp_path: Path) -> None:
    listed = tmp_path / "listed"
    (tmp_path / "flink").write_text(f'#!/bin/sh\nif [ "$1" = list ]; then cat {listed}; else echo submitted; fi\n')
    (tmp_path / "flink").chmod(0o755)
    for text, says in (
        ("No running jobs.\n", "submitted\n"),
        ("now : 1a2b : penchant cars generation 1 (collected) (RESTARTING)\n", None),
    ):
        listed.write_text(text)
        environ = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        command = [word.replace("$$", "$") for word in SERVICES["submit"]["command"]]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
        assert done.stdout == (says or text)


def test_images_hold_the_versions_that_the_local_stack_runs() -> None:
    text = (ROOT / "flink_job" / "Dockerfile").read_text()
    flink = re.search(r"apache-flink==([\d.]+)", (ROOT / "pyproject.toml").read_text())
    assert flink is not None
    assert f"FROM flink:{flink[1]}-" in text
    assert f"-Dartifact={jars.CONNECTOR.coordinates[0]}" in text
    assert jars.PLUGIN.rsplit(":", 1)[0] in text
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{jars.KAFKA.version}"
    assert _one("FlinkDeployment")["spec"]["flinkVersion"] == "v{}_{}".format(*flink[1].split("."))
    assert f"flink-python-{flink[1]}.jar" in _one("FlinkDeployment")["spec"]["job"]["jarURI"]


@pytest.mark.parametrize("image", ["flink_job", "api"])
def test_an_image_does_not_run_as_root(image: str) -> None:
    *_, last = re.findall(r"^USER (\S+)$", (ROOT / image / "Dockerfile").read_text(), re.MULTILINE)
    assert last.partition(":")[0] not in ("root", "0")


def test_the_local_stack_and_compose_give_flink_the_same_settings() -> None:
    local = cluster.configuration(stack_settings({"HOME": "/", "PENCHANT_FLINK_METRICS_PORTS": "1-9"}))
    compose = yaml.safe_load(COMPOSE["x-flink-properties"]["FLINK_PROPERTIES"])
    own = {"jobmanager.rpc.address", "metrics.reporter.prom.port", "taskmanager.numberOfTaskSlots"}
    own |= {"execution.checkpointing.dir", "execution.checkpointing.savepoint-dir"}
    shared = compose.keys() & local.keys() - own
    assert len(shared) >= 6
    assert {name: str(compose[name]) for name in shared} == {name: local[name] for name in shared}


def test_only_what_belongs_there_stands_at_the_top_of_the_repository() -> None:
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()}
    visible = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith(".")}
    assert visible - ignored == TOP_LEVEL


def _documents(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from yaml.safe_load_all(file.read_text())


def _all(kind: str) -> list[dict[str, Any]]:
    return [document for document in _documents(BASE.rglob("*.yaml")) if document["kind"] == kind]


def _one(kind: str) -> dict[str, Any]:
    (document,) = _all(kind)
    return document


def _images(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from [value] if name == "image" else _images(value)
    elif isinstance(node, list):
        for value in node:
            yield from _images(value)


def _topics(text: str) -> dict[str, tuple[str, int]]:
    """The topics that the orders of a text make."""
    orders = [line.split() for line in text.replace("\\\n", "").splitlines() if "--topic" in line]
    return {
        words[words.index("--topic") + 1]: _stated(dict(word.split("=") for word in words if "=" in word))
        for words in orders
    }


def _stated(config: dict[str, str | int]) -> tuple[str, int]:
    timestamp, size = (config[name] for name in CONFIGS)
    return str(timestamp), int(size)


def _published(service: str) -> str:
    (port,) = SERVICES[service]["ports"]
    return str(port.rsplit(":", 1)[0])


def _environment_of(dockerfile: Path) -> dict[str, str]:
    return dict(re.findall(r"(PENCHANT_\w+)=(\S+)", dockerfile.read_text()))


def _project_version() -> str:
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]
