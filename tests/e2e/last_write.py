"""The last write before a checkpoint fails, and nothing comes after it: the trap of PyFlink's AsyncFunction."""

import time

import psutil
from proxy import proxied
from records import event, message
from running import assert_exact, own_job, part, prepare, produce, running, until
from trial import CARS

from flink_job.local import flink
from flink_job.local.settings import StackSettings
from flink_job.position import LogPosition

HELD_BACK_S, PATIENCE_S = 5.0, 30.0
"""Hundreds of times as long as a checkpoint of so little takes."""
PASSED = "a checkpoint has passed a write that the store has not taken"


def survive_a_last_write_that_fails(local: StackSettings, name: str, build: str = "") -> None:
    """No checkpoint may pass it; the TaskManager dies before the store is back; then the row must be there."""
    with proxied(local.store_port) as proxy:
        settings = own_job(local, name, store_port=str(proxy.port), store_timeout_ms="1000")
        prepare(local, settings, CARS)
        position = LogPosition(settings)
        with running(local, settings, build=build) as submitted:
            produce(settings, [message(event(f"user-{number}", number)) for number in range(100)])
            until(lambda: position.lag() == 0)
            proxy.cut()
            produce(settings, [message(event("the last", 1))])
            # Offsets would not tell: where nothing more comes they are committed late.
            until(lambda: _held_back_s(local, submitted) > HELD_BACK_S, PATIENCE_S, lambda: PASSED)
            victim = min(flink.at_work(local, submitted)).rpartition("-")[0]
            psutil.Process(part(local, victim).pid).kill()
            until(lambda: flink.job_state(local, submitted) != "RUNNING")
            proxy.heal()
            report = assert_exact(settings, CARS)
            position.close()
        assert report.books.counted == 101


def _held_back_s(local: StackSettings, job: str) -> float:
    """For how long the checkpoint under way has been waited for."""
    history = flink.checkpoint_statistics(local, job)["history"]
    begun_ms = [one["trigger_timestamp"] for one in history if one["status"] == "IN_PROGRESS"]
    return max((time.time() - ms / 1000 for ms in begun_ms), default=0.0)
