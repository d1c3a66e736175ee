"""State is found again by operator uids: where one that holds state changes, a job begins anew, from the log.

State is held by `kafka`, `over-aggregate`, `global-group-aggregate`, `gather` and the sinks of letters.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from running import own_settings

from flink_job.local.jars import connector_jar

Nodes = list[dict[str, Any]]

COLLECTED = [
    *("1_kafka", "2_calc", "3_python-calc", "4_calc", "6_over-aggregate", "7_calc"),
    *("8_constraint-validator", "8_external-datastream"),
    *("9_external-datastream", "10_mini-batch-assigner", "11_calc"),
    *("12_local-group-aggregate", "14_global-group-aggregate"),
    *("15_calc", "16_constraint-validator", "16_external-datastream"),
    *("17_external-datastream", "18_calc"),
    *("19_constraint-validator", "19_external-datastream"),
    *("letter", "write", "letters", "Sink Committer: letters"),
]
KEYED = [
    *("1_kafka", "2_calc", "3_python-calc", "4_calc", "5_external-datastream"),
    *("address", "gather", "batches", "capped", "rejected"),
    *("letter", "letters", "Sink Committer: letters"),
]


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Nodes]:
    jar = str(connector_jar(Path(own_settings(tmp_path_factory.mktemp("plans")).cache)))
    return {plan: _nodes(plan, jar) for plan in ("collected", "keyed")}


@pytest.mark.parametrize(("plan", "uids"), [("collected", COLLECTED), ("keyed", KEYED)])
def test_the_uids_of_all_operators_are_those_that_are_kept_here(
    plans: dict[str, Nodes], plan: str, uids: list[str]
) -> None:
    assert sorted(str(node["uid"]) for node in plans[plan]) == sorted(uids)
    assert len(set(uids)) == len(uids)


def test_the_maximum_parallelism_is_fixed_everywhere(plans: dict[str, Nodes]) -> None:
    assert {node["max_parallelism"] for nodes in plans.values() for node in nodes} == {128}


def test_batches_are_upserts_without_retractions_or_a_materializer(plans: dict[str, Nodes]) -> None:
    assert [node["retracts"] for node in plans["collected"] if node["retracts"] is not None] == [False]
    assert not [node["name"] for nodes in plans.values() for node in nodes if "Materializer" in node["name"]]


def _nodes(plan: str, jar: str) -> Nodes:
    program = Path(__file__).with_name("plan.py")
    done = subprocess.run([sys.executable, str(program), plan, jar], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: Nodes = json.loads(done.stdout.splitlines()[-1])
    return found
