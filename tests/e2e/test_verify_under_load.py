"""Verify while traffic streams: what is closed by the newest checkpoint agrees, whatever comes meanwhile."""

import time

import pytest
from running import until
from trial import CARS, trial

from flink_job.local.settings import StackSettings
from flink_job.verify.verify import verify_until
from udfs.errors import LogUnavailable


def test_what_is_closed_agrees_while_traffic_and_a_kill_go_on(local: StackSettings) -> None:
    with trial(local, "until") as under:
        before_ms = time.time_ns() // 1_000_000
        until(lambda: under.checkpointed() > 1_000)
        # A job that started late may still be behind that instant.
        under.recover()
        under.process(under.taskmanager()).kill()
        report = verify_until(under.settings, CARS, before_ms, print)
        assert report.agrees, report.lines()
        under.recover()
        report = verify_until(under.settings, CARS, None, print)
        assert report.agrees, report.lines()
        # Most users go on, so their present hour is open; late batches of the day before are closed.
        assert report.cells.compared > 0
        with pytest.raises(LogUnavailable, match="short of that instant"):
            verify_until(under.settings, CARS, before_ms + 3_600_000, print)
