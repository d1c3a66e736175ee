"""Which job a command means, from the records of those that shall run."""

from pathlib import Path

import pytest

from flink_job.local import job
from flink_job.local.settings import StackSettings
from udfs.errors import StackError


@pytest.fixture
def local(tmp_path: Path) -> StackSettings:
    return StackSettings(stack_directory=str(tmp_path))


def run(local: StackSettings, *names: str) -> None:
    for name in names:
        job.remember(local, job.Record(name, f"id of {name}", "program", 2, {}))


@pytest.mark.parametrize(("running", "name", "meant"), [
    (["penchant"], None, "penchant"), (["penchant-2"], None, "penchant-2"),
    (["penchant", "penchant-2"], None, "penchant"), (["penchant", "penchant-2"], "penchant-2", "penchant-2"),
])  # fmt: skip
def test_without_a_name_the_only_job_is_meant_and_among_several_the_first_generations(
    local: StackSettings, running: list[str], name: str | None, meant: str
) -> None:
    run(local, *running)
    assert job.chosen(local, name).name == meant


@pytest.mark.parametrize(("running", "name", "told"), [
    ([], None, "no job 'penchant' runs here, and no other"),
    (["penchant-2", "penchant-3"], None, "there are: penchant-2, penchant-3"),
    (["penchant"], "penchant-9", "no job 'penchant-9' runs here; there are: penchant"),
])  # fmt: skip
def test_a_job_that_does_not_run_is_told_beside_those_that_do(
    local: StackSettings, running: list[str], name: str | None, told: str
) -> None:
    run(local, *running)
    with pytest.raises(StackError, match=told):
        job.chosen(local, name)
