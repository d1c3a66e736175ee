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

CHECKPOINTS = 3


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
            triggered = _triggered(local, submitted)
            until(lambda: _triggered(local, submitted) > triggered)
            held = _counts(local, submitted)["completed"]
            time.sleep(CHECKPOINTS * settings.checkpoint_interval_ms / 1000)
            # Offsets would not tell: where nothing more comes they are committed late.
            counts = _counts(local, submitted)
            passed = "a checkpoint has passed a write that the store has not taken"
            assert (counts["completed"], counts["in_progress"]) == (held, 1), passed
            victim = min(flink.at_work(local, submitted)).rpartition("-")[0]
            psutil.Process(part(local, victim).pid).kill()
            until(lambda: flink.job_state(local, submitted) != "RUNNING")
            proxy.heal()
            report = assert_exact(settings, CARS)
            position.close()
        assert report.books.counted == 101


def _triggered(local: StackSettings, job: str) -> int:
    """How many checkpoints were begun."""
    counts = _counts(local, job)
    return counts["completed"] + counts["failed"] + counts["in_progress"]


def _counts(local: StackSettings, job: str) -> dict[str, int]:
    return dict(flink.checkpoint_statistics(local, job)["counts"])
