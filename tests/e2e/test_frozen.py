"""Processes freeze and thaw: what hangs is waited for, and a zombie that writes again does no harm."""

import time

import psutil
import pytest
from running import until
from trial import Trial, trial

from flink_job.local import flink, processes
from flink_job.local.settings import StackSettings

FROZEN_S = 30.0


@pytest.mark.parametrize("name", ["kafka", "cassandra"])
def test_a_part_that_hangs_for_half_a_minute_is_waited_for(local: StackSettings, name: str) -> None:
    with trial(local, f"frozen_{name}") as under:
        victim = under.process(name)
        victim.suspend()
        # The length of the fault, not a wait for something to happen.
        time.sleep(FROZEN_S)
        victim.resume()
        under.recover()


def test_a_taskmanager_that_thaws_after_it_was_replaced_overwrites_nothing(local: StackSettings) -> None:
    with trial(local, "zombie", subtasks=2) as under:
        zombies = _taskmanager_at_work(under)
        failed = under.failures()
        for process in zombies:
            process.suspend()
        until(lambda: under.failures() > failed)
        # The others have taken over, and have written newer rows than those that the zombie still holds.
        under.recover()
        for process in zombies:
            process.resume()
        under.recover()


def _taskmanager_at_work(under: Trial) -> list[psutil.Process]:
    """Every process of a TaskManager that runs a part of the job."""
    detail = flink.job_detail(under.local, under.job)
    path = f"/jobs/{under.job}/vertices/{detail['vertices'][-1]['id']}/taskmanagers"
    [busy, *_] = flink._call(under.local, path)["taskmanagers"]
    name = str(busy["taskmanager-id"]).rpartition("-")[0]
    return processes.marked(under.local.directory, name)
