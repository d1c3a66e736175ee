"""Checkpoints that cannot be written are endured, and what they did not cover is computed again after a kill."""

from pathlib import Path

import pytest
from running import begun_from, until
from trial import FIRST_RECORDS, Trial, number, trial

from flink_job.local import flink
from flink_job.local.settings import StackSettings

FAILURES = 3
MANY = 1_000


@pytest.mark.slow
def test_a_job_whose_checkpoints_cannot_be_written_dies_without_harm(local: StackSettings) -> None:
    with trial(local, "unwritable") as under:
        blocked = _block(under)
        # Those that were let through have ended by then.
        _fail(under)
        newest, sent = under.newest_checkpoint(), under.sent
        _fail(under)
        assert under.newest_checkpoint() == newest, "a checkpoint was written"
        assert FIRST_RECORDS < under.checkpointed() < sent
        assert under.failures() == 0
        under.process(under.taskmanager()).kill()
        # It goes on while nothing can be written.
        until(lambda: begun_from(local, under.job) == newest)
        for file in blocked:
            # Flink may have cleared away what it took for a checkpoint of its own.
            file.unlink(missing_ok=True)
        under.recover()


def _fail(under: Trial) -> None:
    """Wait for more failures: what could not be begun while the job started counts as failed, too."""
    before = _failed(under)
    until(lambda: _failed(under) >= before + FAILURES)


def _block(under: Trial) -> list[Path]:
    """Put a file where the directory of each checkpoint to come would be: that stops even root."""
    newest = under.newest_checkpoint()
    # Those under way are let through.
    files = [newest.with_name(f"chk-{number(newest) + 3 + ahead}") for ahead in range(MANY)]
    blocked = []
    for file in files:
        if not file.exists():
            file.touch()
            blocked.append(file)
    return blocked


def _failed(under: Trial) -> int:
    return int(flink.checkpoint_statistics(under.local, under.job)["counts"]["failed"])
