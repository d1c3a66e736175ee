"""How far the job has come is told as it is, and by a reporter that outlives what it meets."""

import logging
import threading
from collections.abc import Sequence

import pytest

from cql.job_report import JobReport, Position
from cql.rows import Progress
from cql.writer import Writer
from flink_job import progress
from flink_job.progress import ProgressReporter
from flink_job.settings import JobSettings

PATIENCE_S = 20


class HeldLog:
    """A log whose first unread record has a stamp that is no time, until it has been read."""

    def __init__(self, settings: JobSettings) -> None:
        self.next_offset = 5

    def positions(self) -> list[Position]:
        self.next_offset += 1
        return [Position(0, self.next_offset, 10)]

    def progress(self, positions: Sequence[Position], now_ms: int) -> list[Progress]:
        if positions[0].next_offset == 6:
            message = "year 58895 is out of range"
            raise ValueError(message)
        return [Progress(0, one.next_offset, now_ms) for one in positions]

    def close(self) -> None:
        pass


class HeldWriter(Writer):
    def __init__(self) -> None:
        self.reported: list[Progress] = []
        self.is_told = threading.Event()

    def report(self, progress: Progress) -> None:
        self.reported.append(progress)

    def tell(self, report: JobReport) -> None:
        self.is_told.set()

    def told(self) -> JobReport | None:
        return None


class HeldReporting:
    def __init__(self, settings: JobSettings, writer: Writer) -> None:
        pass

    def report(self, positions: Sequence[Position], now_ms: int) -> JobReport | None:
        return None

    def close(self) -> None:
        pass


def test_an_error_that_nobody_foresaw_is_logged_and_the_next_report_is_made(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "_PERIOD_S", 0.01)
    monkeypatch.setattr(progress, "LogPosition", HeldLog)
    monkeypatch.setattr(progress, "Reporting", HeldReporting)
    writer = HeldWriter()
    reporter = ProgressReporter(JobSettings(), writer)
    with caplog.at_level(logging.WARNING):
        reporter.start()
        assert writer.is_told.wait(PATIENCE_S)
        reporter.stop()
    assert writer.reported[0].next_offset == 7
    assert "year 58895 is out of range" in caplog.text
