"""Processes freeze and thaw: what hangs is waited for, and a zombie that writes again does no harm."""

import time

import pytest
from running import until
from trial import trial

from flink_job.local import processes
from flink_job.local.settings import StackSettings

pytestmark = pytest.mark.slow

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
        assert under.failures() == 0


def test_a_taskmanager_that_thaws_after_it_was_replaced_overwrites_nothing(local: StackSettings) -> None:
    with trial(local, "zombie") as under:
        # The JVM and its Python workers, which have writes under way.
        zombies = processes.marked(local.directory, under.taskmanager())
        failed = under.failures()
        for process in zombies:
            process.suspend()
        until(lambda: under.failures() > failed)
        # The others have taken over, and have written newer rows than those that the zombie still holds.
        under.recover()
        for process in zombies:
            process.resume()
        under.recover()
