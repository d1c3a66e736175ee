"""Dashboards and alerts ask for metrics that there are, and the README lists them all."""

import json
import re
from pathlib import Path

import prometheus_client
import pytest
import yaml
from promtool import needs_promtool, promtool
from queries import ALERTS, DASHBOARDS, queries

import api.metrics
import flink_job.console.canary
import flink_job.console.reprocess
from flink_job.metrics import LETTERS, OPERATOR, WRITE_COUNTS
from flink_job.restore import margin_ms
from flink_job.settings import JobSettings

ROOT = Path(__file__).parents[2]
METRIC = re.compile(r"\b((?:penchant|flink|process)_[A-Za-z0-9_]+)")


def own_metrics() -> dict[str, str]:
    """Every metric of our own with its description, from the code."""
    modules = (api.metrics, flink_job.console.canary, flink_job.console.reprocess)
    kinds = (prometheus_client.Counter, prometheus_client.Gauge, prometheus_client.Histogram)
    held = [value for module in modules for value in vars(module).values()]
    found = [
        one for value in held for one in (value if isinstance(value, tuple) else [value]) if isinstance(one, kinds)
    ]
    exposed = [family for one in found for family in one.describe()]
    plain = {family.name + ("_total" if family.type == "counter" else ""): family.documentation for family in exposed}
    job = {f"{OPERATOR}_{name}": meaning for name, meaning in WRITE_COUNTS.items()}
    return plain | job | {f"{OPERATOR}_{LETTERS}": "Dead letters, by `reason`."}


def listed() -> dict[str, str]:
    """The README's table of metrics."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("### Metrics")[2].partition("###")[0]
    return dict(re.findall(r"^\| `([a-zA-Z_]+)` \| (.+) \|$", text, re.MULTILINE))


def test_the_readme_lists_every_metric_of_ours_as_the_code_describes_it() -> None:
    missing = {name: meaning for name, meaning in own_metrics().items() if listed().get(name) != meaning}
    assert not missing, "\n".join(f"| `{name}` | {meaning} |" for name, meaning in missing.items())


@pytest.mark.parametrize(("where", "query"), queries())
def test_a_query_asks_for_metrics_that_the_readme_lists(where: str, query: str) -> None:
    asked = set(METRIC.findall(query))
    assert asked, where
    known = set(listed())
    assert {name.removesuffix("_bucket") for name in asked} <= known


def test_the_alert_before_state_expires_comes_half_way_through_the_margin() -> None:
    seconds = margin_ms(JobSettings(), 0) // 1000
    assert ALERTS["PenchantStateNearsExpiry"]["expr"].endswith(f"> {seconds // 2}")
    assert f"{seconds} - " in next(query for where, query in queries() if "Left until" in where)


def test_panels_of_a_dashboard_do_not_overlap() -> None:
    for file in DASHBOARDS:
        places = [tuple(panel["gridPos"][side] for side in "xy") for panel in json.loads(file.read_text())["panels"]]
        assert len(set(places)) == len(places)


@needs_promtool
def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    rules = [{"record": f"query_{number}", "expr": query} for number, (_, query) in enumerate(queries())]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    promtool("check", "rules", tmp_path / "rules.yaml")
