"""Processes die by kill -9, several times each, while traffic streams: nothing is lost and nothing is counted twice."""

import psutil
import pytest
from running import part, until
from trial import Trial, trial

from flink_job.local.settings import StackSettings
from flink_job.local.state import Life

TIMES = 3


def test_killed_taskmanagers_leave_no_trace(local: StackSettings) -> None:
    with trial(local, "taskmanagers") as under:
        for _ in range(TIMES):
            failed = under.failures()
            _kill(under, under.taskmanager())
            until(lambda failed=failed: under.failures() > failed)  # type: ignore[misc]
            under.recover()


@pytest.mark.slow
def test_killed_python_workers_leave_no_trace(local: StackSettings) -> None:
    with trial(local, "workers") as under:
        for _ in range(TIMES):
            failed = under.failures()
            under.workers()[0].kill()
            until(lambda failed=failed: under.failures() > failed)  # type: ignore[misc]
            under.recover()


@pytest.mark.slow
def test_a_job_that_died_with_its_jobmanager_goes_on_from_its_newest_checkpoint(local: StackSettings) -> None:
    with trial(local, "jobmanager") as under:
        for _ in range(TIMES - 1):
            first = under.job
            _kill(under, "jobmanager")
            until(lambda first=first: under.job != first)  # type: ignore[misc]
            under.recover()


@pytest.mark.slow
def test_a_killed_broker_loses_no_record_that_it_acknowledged(local: StackSettings) -> None:
    with trial(local, "broker") as under:
        for _ in range(TIMES):
            _kill(under, "kafka")
            under.recover()


@pytest.mark.slow
def test_a_killed_store_loses_no_row_that_it_acknowledged(local: StackSettings) -> None:
    with trial(local, "store_killed") as under:
        for _ in range(TIMES):
            _kill(under, "cassandra")
            under.recover()


def _kill(under: Trial, name: str) -> psutil.Process:
    """Kill a part and wait until its supervisor has started it again."""
    victim = under.process(name)
    victim.kill()
    until(lambda: part(under.local, name).pid not in (None, victim.pid))
    until(lambda: part(under.local, name).life is Life.READY)
    return victim
