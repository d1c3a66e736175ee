"""Processes freeze and thaw: what hangs is waited for, and a zombie that writes again does no harm."""

import time

import psutil
import pytest
from proxy import Proxy, proxied
from running import until
from trial import FIRST_RECORDS, RATE, trial

from flink_job.local import flink, processes
from flink_job.local.settings import StackSettings

pytestmark = pytest.mark.slow

FROZEN_S = 30.0
HELD_BACK = 400
"""Records: four seconds of them, many micro-batches."""
ROWS_BYTES = 5_000
"""Far more than the driver asks of itself whether the store is there."""
LAST_WORDS_S = 5.0


@pytest.mark.parametrize("name", ["kafka", "cassandra"])
def test_a_part_that_hangs_for_half_a_minute_is_waited_for(local: StackSettings, name: str) -> None:
    with trial(local, f"frozen_{name}") as under:
        victim = under.process(name)
        # Frozen, the log acknowledges nothing, and no checkpoint passes a write that the store has not taken.
        passed = {"kafka": lambda: under.sent, "cassandra": under.checkpointed}[name]
        victim.suspend()
        sent = under.sent
        # The length of the fault, not a wait for something to happen.
        time.sleep(FROZEN_S)
        assert victim.status() == psutil.STATUS_STOPPED
        assert FIRST_RECORDS < passed() < sent + RATE, "it was at work"
        victim.resume()
        under.recover()
        assert under.process(name) == victim, "it was replaced and not waited for"
        assert under.failures() == 0


def test_a_taskmanager_that_thaws_after_it_was_replaced_overwrites_nothing(local: StackSettings) -> None:
    with proxied(local.store_port) as proxy, trial(local, "zombie", store_port=str(proxy.port)) as under:
        # The JVM and its Python workers.
        zombies = processes.marked(local.directory, under.taskmanager())
        failed = under.failures()
        proxy.hold_back(ports(zombies, proxy))
        # Writes are on their way and reach nobody.
        until(lambda: under.lag() > HELD_BACK)
        for process in zombies:
            process.suspend()
        until(lambda: under.failures() > failed)
        # The others have taken over, and have written newer rows. Nothing more comes that would write them once more.
        under.recover()
        under.finish()
        until(lambda: under.checkpointed() == under.sent)
        proxy.heal()
        until(lambda: proxy.late > ROWS_BYTES)
        for process in zombies:
            process.resume()
        until(lambda: len(flink.taskmanagers(local)) == local.taskmanagers)
        # What it still has to say; it tells nobody when that is all.
        time.sleep(LAST_WORDS_S)


def ports(zombies: list[psutil.Process], proxy: Proxy) -> set[int]:
    """Those of their connections with the proxy."""
    connections = [one for process in zombies for one in process.net_connections("tcp")]
    found = {one.laddr.port for one in connections if one.raddr and one.raddr.port == proxy.port}
    assert found
    return found
