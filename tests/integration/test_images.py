"""The very steps of the Dockerfiles, run in a folder of their own: what they build starts, and holds what it must."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from flink_job.console.main import COMMANDS

ROOT = Path(__file__).parents[2]
ENVIRONMENT = "/opt/penchant"
DEPLOYED = ("migrate", "canary", "archive", "produce")
"""Commands that manifests start in the job's image."""


def context(folder: Path) -> Path:
    """What .dockerignore lets into a build."""
    kept = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    ignored = shutil.ignore_patterns("__pycache__", "Dockerfile")
    for name in kept:
        source, target = ROOT / name, folder / "build" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(source, target, ignore=ignored) if source.is_dir() else shutil.copy(source, target)
    return folder / "build"


def step(image: str, program: str) -> list[str]:
    """The words of the image's RUN step that starts `program`."""
    text = (ROOT / image / "Dockerfile").read_text().replace("\\\n", "")
    (found,) = re.findall(rf"^RUN ({program} .+)$", text, re.MULTILINE)
    return str(found).split()


def run(words: list[str], folder: Path, environ: dict[str, str]) -> str:
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | environ
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(image: str, folder: Path) -> Path:
    """The environment that the image's `uv sync` makes, beside and not in /opt."""
    target = folder / ENVIRONMENT.lstrip("/")
    # The interpreter is this machine's: the image brings one that is fetched from elsewhere.
    words = [word for word in step(image, "uv") if word != "--managed-python"]
    run(words, context(folder), {"UV_PROJECT_ENVIRONMENT": str(target), "UV_LINK_MODE": "hardlink"})
    return target


def named() -> set[str]:
    """The commands that README has people type in the job's image."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"On Kubernetes commands run in .+?: (.+?)\. ", readme)
    return set(re.findall(r"`(\w+)", line))


@pytest.mark.slow
def test_the_image_of_the_api_serves_with_what_it_has(tmp_path: Path) -> None:
    environment = built("api", tmp_path)
    asked = "from api.worker import application; print(len(application().routes)); import importlib.util as u"
    said = run([str(environment / "bin" / "python"), "-c", f"{asked}; print(u.find_spec('pyflink'))"], tmp_path, {})
    routes, flink = said.split()
    assert int(routes) > 10
    assert flink == "None", "the job's packages have no place in the API's image"


@pytest.mark.slow
def test_the_image_of_the_job_holds_the_program_that_deployments_start(tmp_path: Path) -> None:
    environment = built("flink_job", tmp_path)
    (job,) = yaml.safe_load_all((ROOT / "k8s" / "base" / "job" / "flink-job.yaml").read_text())
    program = environment / Path(job["spec"]["job"]["args"][1]).relative_to(ENVIRONMENT)
    assert program.is_file()
    assert "migrate" in run([str(environment / "bin" / "penchant"), "--help"], tmp_path, {})
    python = str(environment / "bin" / "python")
    run([python, "-c", "import flink_job.pipeline, flink_job.start, flink_job.console.canary"], tmp_path, {})


@pytest.mark.slow
def test_the_image_of_the_job_runs_every_command_that_is_typed_there(tmp_path: Path) -> None:
    commands = named()
    assert {"verify", "priors", "reprocess"} <= commands <= COMMANDS.keys()
    python = str(built("flink_job", tmp_path) / "bin" / "python")
    modules = ", ".join(f"flink_job.console.{command}" for command in sorted({*commands, *DEPLOYED}))
    run([python, "-c", f"import {modules}"], tmp_path, {})


@pytest.mark.slow
def test_the_image_of_the_job_brings_the_connector(tmp_path: Path) -> None:
    words = [word.replace("=/jars", f"={tmp_path}") for word in step("flink_job", "mvn")]
    run(words, tmp_path, {})
    assert [jar.name for jar in tmp_path.glob("*.jar")] == ["flink-sql-connector-kafka-5.0.0-2.2.jar"]
