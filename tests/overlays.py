"""The overlays of k8s/ as kubectl renders them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

K8S = Path(__file__).parents[1] / "k8s"
FOLDERS = [file.parent for file in K8S.rglob("kustomization.yaml")]
GENERATION = K8S / "overlays" / "generation"
OVERLAYS = [folder for folder in FOLDERS if "overlays" in folder.parts and folder != GENERATION]
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda folder: str(folder.relative_to(K8S)))
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which renders overlays, is absent")


@cache
def rendered(folder: Path) -> list[dict[str, Any]]:
    """Everything that a kustomization applies."""
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of_kind(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [one for one in rendered(folder) if one["kind"] == kind]


def only(folder: Path, kind: str) -> dict[str, Any]:
    (one,) = of_kind(folder, kind)
    return one


def settings(folder: Path) -> dict[str, str]:
    (found,) = (one["data"] for one in of_kind(folder, "ConfigMap") if one["metadata"]["name"] == "penchant-settings")
    return dict(found)


def pods(folder: Path) -> list[dict[str, Any]]:
    """The templates of all pods, the job's among them."""
    jobs = [job["spec"]["podTemplate"] for job in of_kind(folder, "FlinkDeployment")]
    return [*(one["spec"]["template"] for kind in ("Deployment", "Job") for one in of_kind(folder, kind)), *jobs]
