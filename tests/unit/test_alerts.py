"""Every alert fires when it must and not otherwise, and has its runbook."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from promtool import needs_promtool, promtool
from queries import ALERTS, FOLDER, RULES

from flink_job.metrics import LETTERS, OPERATOR

ROOT = Path(__file__).parents[2]

LETTER = f'{OPERATOR}_{LETTERS}{{reason="no_key"}}'
UNWRITABLE = f'{OPERATOR}_{LETTERS}{{reason="unwritable"}}'
FRESH, JOB = "penchant_fresh_through_timestamp_seconds", "flink_jobmanager_job"
ANSWERS = "penchant_request_duration_seconds_bucket"
ROUTE = 'path="/v1/users/{user_id}/profile"'
CANARY = "penchant_freshness_seconds_bucket"
REQUESTS = "penchant_requests_total"

# Per alert: series by which it fires, and series by which it does not, as `promtool test rules` writes them: a first
# value, what each further minute adds, how many minutes.
CASES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "PenchantStale": ({FRESH: "600+0x60"}, {FRESH: "1+60x60"}),
    "PenchantCanarySlow": (
        {f'{CANARY}{{le="30"}}': "0+1x60", f'{CANARY}{{le="60"}}': "0+12x60", f'{CANARY}{{le="+Inf"}}': "0+12x60"},
        {f'{CANARY}{{le="5"}}': "0+12x60", f'{CANARY}{{le="30"}}': "0+12x60", f'{CANARY}{{le="+Inf"}}': "0+12x60"},
    ),
    "PenchantCanaryLost": ({"penchant_canaries_lost_total": "0+1x60"}, {"penchant_canaries_lost_total": "3+0x60"}),
    "PenchantStateNearsExpiry": ({FRESH: "1+0x600"}, {FRESH: "7200+0x600"}),
    "PenchantJobGone": ({"up": "1+0x60"}, {f"{JOB}_numberOfCompletedCheckpoints": "0+12x60"}),
    "PenchantCheckpointsFail": (
        {f"{JOB}_numberOfCompletedCheckpoints": "9+0x60", f"{JOB}_numberOfFailedCheckpoints": "0+0x60"},
        {f"{JOB}_numberOfCompletedCheckpoints": "0+12x60", f"{JOB}_numberOfFailedCheckpoints": "1+0x60"},
    ),
    "PenchantJobRestarts": ({f"{JOB}_numRestarts": "0+1x60"}, {f"{JOB}_numRestarts": "3+0x60"}),
    "PenchantLagGrows": ({f"{OPERATOR}_pendingRecords": "0+9000x60"}, {f"{OPERATOR}_pendingRecords": "900000-9000x60"}),
    "PenchantWritesRetried": (
        {f"{OPERATOR}_retries": "0+20x60", f"{OPERATOR}_writes": "0+100x60"},
        {f"{OPERATOR}_retries": "0+5x60", f"{OPERATOR}_writes": "0+100x60"},
    ),
    "PenchantDeadLettersRise": (
        {LETTER: "0+30x60", f"{OPERATOR}_folded": "0+1000x60"},
        {LETTER: "0+10x60", f"{OPERATOR}_folded": "0+1000x60"},
    ),
    "PenchantUnwritable": ({UNWRITABLE: "_x50 1+0x10"}, {UNWRITABLE: "0x60", LETTER: "0+9x60"}),
    "PenchantApiSlow": (
        {f'{ANSWERS}{{le="0.05",{ROUTE}}}': "0+95x60", f'{ANSWERS}{{le="+Inf",{ROUTE}}}': "0+100x60"}
        | {f'{ANSWERS}{{le="0.1",{ROUTE}}}': "0+100x60"},
        {f'{ANSWERS}{{le="0.05",{ROUTE}}}': "0+100x60", f'{ANSWERS}{{le="+Inf",{ROUTE}}}': "0+100x60"},
    ),
    "PenchantApiErrors": (
        {
            'penchant_requests_total{status_code="503"}': "0+2x60",
            'penchant_requests_total{status_code="200"}': "0+98x60",
        },
        {
            'penchant_requests_total{status_code="404"}': "0+9x60",
            'penchant_requests_total{status_code="200"}': "0+98x60",
        },
    ),
    "PenchantStoreErrors": (
        {'penchant_store_errors_total{kind="StoreUnavailable"}': "0+60x60"},
        {'penchant_store_errors_total{kind="StoreUnavailable"}': "0+1x60"},
    ),
}
LONG = {"PenchantStateNearsExpiry": "9h"}
"""When an alert is looked at that takes longer than the hour at which the others are."""


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_has_its_runbook_and_its_test(name: str) -> None:
    headings = re.findall(r"^## (\w+)$", (FOLDER / "runbooks.md").read_text(), re.MULTILINE)
    assert headings == list(ALERTS)
    assert ALERTS[name]["annotations"]["runbook"] == f"k8s/observability/runbooks.md#{name.lower()}"
    assert name in CASES


def test_compose_cuts_the_rules_out_of_the_manifest(tmp_path: Path) -> None:
    (script,) = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]["command"]
    cut = re.match(r"sed -n '(.+)' /etc/penchant/rules.yaml", script)
    assert cut is not None
    done = subprocess.run(
        ["sed", "-n", cut[1].replace("$$", "$"), FOLDER / "rules.yaml"], capture_output=True, text=True, check=True
    )
    assert yaml.safe_load(done.stdout) == RULES


@needs_promtool
def test_alerts_fire_when_they_must_and_not_otherwise(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(RULES))
    tests = [_case(name, both[quiet], quiet=bool(quiet)) for name, both in CASES.items() for quiet in (0, 1)]
    test = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))
    promtool("test", "rules", tmp_path / "test.yaml")


def _case(name: str, series: dict[str, str], *, quiet: bool) -> dict[str, Any]:
    firing = f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'
    samples = [] if quiet else [{"labels": "{}", "value": 1}]
    return {
        "name": f"{name} {'is quiet' if quiet else 'fires'}",
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [{"expr": firing, "eval_time": LONG.get(name, "58m"), "exp_samples": samples}],
    }
