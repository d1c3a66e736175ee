"""Progress: how far the job has come in each partition of the log, told to the store for the API's `fresh_through`.

In: the offsets that Flink commits to the consumer group when a checkpoint completes. Every write is acknowledged
before a checkpoint's barrier passes, so all records before a committed offset are in the store: the claim is late by
up to a checkpoint interval but never too early. Out: a row per partition. `fresh_through` is now for a partition that
is read to its end, else the append time of the next record: also of one that an open transaction holds back.
"""

import logging
import threading

from cql.writer import Writer
from flink_job import clock
from flink_job.position import LogPosition
from flink_job.reporting import Reporting
from flink_job.settings import JobSettings
from udfs.errors import EncodingError, LogUnavailable, StoreError

_PERIOD_S = 2.0
_TIMEOUT_S = 5.0
_log = logging.getLogger(__name__)


class ProgressReporter:
    """Reports from a thread of its own, so that a slow broker never holds up a write."""

    def __init__(self, settings: JobSettings, writer: Writer) -> None:
        """Nothing runs before `start`."""
        self._settings = settings
        self._writer = writer
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def start(self) -> None:
        """Report at once and then every two seconds; an archive has no offsets of the log to report."""
        if not self._settings.archive:
            self._thread.start()

    def stop(self) -> None:
        """End after the report under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(2 * _TIMEOUT_S)

    def _run(self) -> None:
        position, reporting = LogPosition(self._settings), Reporting(self._settings, self._writer)
        while True:
            try:
                self._report(position, reporting, clock.now_ms())
            except (LogUnavailable, StoreError, EncodingError) as exc:
                _log.warning("progress not reported: %s", exc)
            except Exception:
                # It would end the thread for good, and nobody else would say why.
                _log.exception("progress not reported")
            if self._stopped.wait(_PERIOD_S):
                break
        position.close()
        reporting.close()

    def _report(self, position: LogPosition, reporting: Reporting, now_ms: int) -> None:
        found = position.positions()
        for progress in position.progress(found, now_ms):
            self._writer.report(progress)
        self._writer.tell(reporting.report(found, now_ms))
