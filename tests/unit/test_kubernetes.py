"""k8s/: every overlay is whole, fits Kubernetes's schema, and its names, ports and copies fit together.

The schemas of the operators' own kinds are not among our dependencies: of those only the names are checked here.
"""

import shutil
import textwrap
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from overlays import FOLDERS, GENERATION, K8S, every_overlay, needs_kubectl, of_kind, only, pods, rendered, settings

from api.settings import ApiSettings
from flink_job.settings import JobSettings
from udfs.events.batch import DAY_MS
from udfs.settings import read

KUBERNETES = "1.33"
FOREIGN = {"flink.apache.org", "scylla.scylladb.com", "kafka.strimzi.io", "monitoring.coreos.com"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(K8S)))
def test_a_kustomization_lists_every_file_beside_it(folder: Path) -> None:
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    listed = {name for name in kustomization["resources"] if name.endswith(".yaml")}
    listed |= {name for one in kustomization.get("configMapGenerator", []) for name in one.get("files", [])}
    beside = {file.name for file in folder.glob("*.yaml")} | {
        f"dashboards/{one.name}" for one in folder.glob("*/*.json")
    }
    assert listed | {"kustomization.yaml"} == beside


@needs_kubectl
@every_overlay
def test_what_an_overlay_renders_fits_the_schema_of_kubernetes(overlay: Path) -> None:
    own = [one for one in rendered(overlay) if one["apiVersion"].split("/")[0] not in FOREIGN]
    assert {one["kind"] for one in own} >= {"Deployment", "Service", "HorizontalPodAutoscaler", "NetworkPolicy"}
    for document in own:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


@needs_kubectl
@every_overlay
def test_no_more_subtasks_than_partitions_of_the_log_and_than_state_allows(overlay: Path) -> None:
    for job in of_kind(overlay, "FlinkDeployment"):
        (partitions,) = {topic["spec"]["partitions"] for topic in of_kind(overlay, "KafkaTopic")}
        scaled = int(job["spec"]["flinkConfiguration"].get("job.autoscaler.vertex.max-parallelism", 0))
        most = max(job["spec"]["job"]["parallelism"], scaled)
        assert most <= partitions
        assert most <= read(JobSettings, settings(overlay)).max_parallelism


@needs_kubectl
@every_overlay
def test_receipts_tell_how_long_the_log_is_really_kept(overlay: Path) -> None:
    for topic in of_kind(overlay, "KafkaTopic"):
        kept = read(ApiSettings, settings(overlay)).log_retention_days
        assert topic["spec"]["config"]["retention.ms"] == kept * DAY_MS


@needs_kubectl
@every_overlay
def test_pods_get_secrets_by_reference_and_no_rights_they_do_not_need(overlay: Path) -> None:
    assert not of_kind(overlay, "Secret")
    for pod in pods(overlay):
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert not pod["spec"]["enableServiceLinks"], "PENCHANT_API_PORT would be the address of a service"
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert not [one for one in container.get("env", []) if "value" in one]


@needs_kubectl
@every_overlay
def test_network_policies_and_monitors_select_pods_that_there_are(overlay: Path) -> None:
    labels = [pod["metadata"]["labels"] for pod in pods(overlay)]
    names = {one["app.kubernetes.io/name"] for one in labels}
    for kind in ("ServiceMonitor", "PodMonitor"):
        for monitor in of_kind(overlay, kind):
            assert monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] in names
    ports = {
        port["name"] for pod in pods(overlay) for one in pod["spec"]["containers"] for port in one.get("ports", [])
    }
    selected = {str(one["spec"]["podSelector"]["matchLabels"]) for one in of_kind(overlay, "NetworkPolicy")}
    assert f"{{'scylla/cluster': '{only(overlay, 'ScyllaCluster')['metadata']['name']}'}}" in selected
    assert {"http"} <= ports <= {"http", "metrics"}


@needs_kubectl
def test_the_overlay_that_the_readme_shows_names_every_image_and_bucket_anew(tmp_path: Path) -> None:
    readme = (K8S.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("# k8s/overlays/mine/kustomization.yaml\n")[2].partition("\n\n")[0]
    mine = Path(shutil.copytree(K8S, tmp_path / "k8s")) / "overlays" / "mine"
    mine.mkdir(exist_ok=True)
    (mine / "kustomization.yaml").write_text(textwrap.dedent(shown))
    job = only(mine, "FlinkDeployment")["spec"]
    images = {
        container["image"] for pod in pods(mine) for container in pod["spec"]["containers"] if "image" in container
    }
    assert {image.partition("/")[0] for image in {*images, job["image"]}} == {"registry.example.com"}
    buckets = [value for value in job["flinkConfiguration"].values() if value.startswith("s3://")]
    assert len(buckets) == 3
    assert [value for value in buckets if not value.startswith("s3://my-bucket/")] == []


@needs_kubectl
def test_a_second_job_computes_another_generation_with_the_settings_of_the_first() -> None:
    job = only(GENERATION, "FlinkDeployment")
    assert job["metadata"]["name"] != only(K8S / "overlays" / "production", "FlinkDeployment")["metadata"]["name"]
    sources = [one for one in job["spec"]["podTemplate"]["spec"]["containers"][0]["envFrom"] if "configMapRef" in one]
    names = [one["configMapRef"]["name"] for one in sources]
    assert names == ["penchant-settings", "penchant-generation"], "the later one wins"
    assert read(JobSettings, only(GENERATION, "ConfigMap")["data"]).generation == 2


@needs_kubectl
def test_of_two_data_centres_one_runs_the_job_and_both_serve() -> None:
    first, second = (K8S / "overlays" / "two-datacentres" / name for name in ("first", "second"))
    assert len(of_kind(first, "FlinkDeployment")) == 1
    gone = ("FlinkDeployment", "KafkaTopic", "Job", "PodMonitor", "PersistentVolumeClaim")
    assert [kind for kind in gone if of_kind(second, kind)] == []
    for folder in (first, second):
        served = {one["metadata"]["name"] for one in of_kind(folder, "Deployment")}
        assert served >= {"penchant-api"} if folder == first else served == {"penchant-api", "penchant-tools"}
        (store,) = (one for one in of_kind(folder, "NetworkPolicy") if one["metadata"]["name"] == "penchant-store")
        assert any("ipBlock" in peer for rule in store["spec"]["ingress"] for peer in rule["from"])
    groups = [
        {group["name"] for group in only(folder, "PrometheusRule")["spec"]["groups"]} for folder in (first, second)
    ]
    assert groups[0] - groups[1] == {"penchant-job"}


@needs_kubectl
@every_overlay
def test_a_rolling_upgrade_never_leaves_fewer_that_answer(overlay: Path) -> None:
    (api,) = (one for one in of_kind(overlay, "Deployment") if one["metadata"]["name"] == "penchant-api")
    assert api["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in api["spec"], "the autoscaler would be overruled with each apply"
    assert only(overlay, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
