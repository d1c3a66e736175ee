"""Processes die by kill -9, several times each, while traffic streams: nothing is lost and nothing is counted twice."""

import pytest
from running import begun_from, kill, until
from trial import number, trial

from flink_job.local import cluster
from flink_job.local.settings import StackSettings

TIMES = 3


def test_killed_taskmanagers_leave_no_trace(local: StackSettings) -> None:
    with trial(local, "taskmanagers") as under:
        for _ in range(TIMES):
            failed = under.failures()
            under.visit()
            kill(local, under.taskmanager())
            until(lambda failed=failed: under.failures() > failed)  # type: ignore[misc]
            under.recover()


@pytest.mark.slow
def test_killed_python_workers_leave_no_trace(local: StackSettings) -> None:
    with trial(local, "workers") as under:
        for _ in range(TIMES):
            failed = under.failures()
            under.visit()
            cluster.workers(local)[0].kill()
            until(lambda failed=failed: under.failures() > failed)  # type: ignore[misc]
            under.recover()


@pytest.mark.slow
def test_a_job_that_died_with_its_jobmanager_goes_on_from_its_newest_checkpoint(local: StackSettings) -> None:
    with trial(local, "jobmanager") as under:
        for _ in range(TIMES):
            first = under.job
            under.visit()
            newest = under.newest_checkpoint()
            kill(local, "jobmanager")
            until(lambda first=first: under.job != first)  # type: ignore[misc]
            under.recover()
            begun = begun_from(local, under.job)
            assert begun is not None
            assert begun.parent == newest.parent
            assert number(begun) >= number(newest)


@pytest.mark.slow
def test_a_killed_broker_loses_no_record_that_it_acknowledged(local: StackSettings) -> None:
    with trial(local, "broker") as under:
        for _ in range(TIMES):
            under.visit()
            kill(local, "kafka")
            under.recover()


@pytest.mark.slow
def test_a_killed_store_loses_no_row_that_it_acknowledged(local: StackSettings) -> None:
    with trial(local, "store_killed") as under:
        for _ in range(TIMES):
            under.visit()
            kill(local, "cassandra")
            under.recover()
        assert under.failures() == 0
