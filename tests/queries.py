"""Every question that dashboards and alerts put to Prometheus."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "k8s" / "observability"
RULES: dict[str, Any] = yaml.safe_load((FOLDER / "rules.yaml").read_text())["spec"]
"""As Prometheus takes them without an operator."""

ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))


def queries() -> list[tuple[str, str]]:
    """Every query of dashboards and alerts, with where it stands."""
    return [*panels(), *((name, rule["expr"]) for name, rule in ALERTS.items())]


def panels() -> Iterator[tuple[str, str]]:
    """Every query of the dashboards, with where it stands."""
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            yield from ((f"{file.stem}: {panel['title']}", target["expr"]) for target in panel["targets"])
