"""Checkpoints that cannot be written are endured, and what they did not cover is computed again after a kill."""

import re
from pathlib import Path

import pytest
from running import job_name, until
from trial import Trial, trial

from flink_job.local import flink
from flink_job.local.settings import StackSettings

FAILURES = 3
MANY = 1_000


@pytest.mark.slow
def test_a_job_whose_checkpoints_cannot_be_written_dies_without_harm(local: StackSettings) -> None:
    with trial(local, "unwritable") as under:
        blocked = _block(under)
        until(lambda: _counts(under)["failed"] >= FAILURES)
        assert under.failures() == 0
        under.process(under.taskmanager()).kill()
        until(lambda: under.failures() > 0)
        for file in blocked:
            file.unlink()
        under.recover()


def _block(under: Trial) -> list[Path]:
    """Put a file where the directory of each checkpoint to come would be: that stops even root."""
    newest = flink.latest_checkpoint(flink.checkpoints(under.local, job_name(under.settings)))
    assert newest is not None
    number = int(re.sub(r"\D", "", newest.name))
    # Those under way are let through.
    files = [newest.with_name(f"chk-{number + 3 + ahead}") for ahead in range(MANY)]
    blocked = []
    for file in files:
        if not file.exists():
            file.touch()
            blocked.append(file)
    return blocked


def _counts(under: Trial) -> dict[str, int]:
    counts: dict[str, int] = flink.checkpoint_statistics(under.local, under.job)["counts"]
    return counts
