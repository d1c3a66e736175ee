"""Jobs that the JobManager has lost are submitted again, from their newest checkpoint.

In: the process id of a ready JobManager, again and again. Out: submissions in a thread of their own, because one takes
ten seconds. A job whose checkpoint is refused is not tried again: its record says why, and `penchant status` shows it.
"""

import sys
import threading
from collections.abc import Callable

import msgspec

from flink_job.local import flink, job
from flink_job.local.settings import StackSettings
from udfs.errors import PenchantError, RestoreRefused

EVERY_S = 2.0


class Revival:
    """Watches the jobs that shall run."""

    def __init__(self, settings: StackSettings, *, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._settings = settings
        self._clock = clock
        self._due = 0.0
        self._worker: threading.Thread | None = None

    def step(self, jobmanager: int | None) -> None:
        """Look for lost jobs, if a JobManager is ready, a look is due, and no submission is under way."""
        busy = self._worker is not None and self._worker.is_alive()
        if jobmanager is not None and not busy and self._clock() >= self._due:
            self._due = self._clock() + EVERY_S
            self._look()

    def _look(self) -> None:
        records = job.records(self._settings)
        try:
            states = flink.jobs(self._settings) if records else {}
        except PenchantError:
            return
        for record in records:
            if states.get(record.job) in ("FINISHED", "CANCELED"):
                job.forget(self._settings, record.job)
        lost = [record for record in records if record.job not in states and not record.refused]
        if lost:
            self._worker = threading.Thread(target=self._revive, args=(lost,), daemon=True)
            self._worker.start()

    def _revive(self, lost: list[job.Record]) -> None:
        for record in lost:
            try:
                outcome = f"submitted again as {job.resubmit(self._settings, record)}"
            except RestoreRefused as exc:
                self._note(record, refused=str(exc), trouble="")
                outcome = f"cannot go on and is not tried again: {exc}"
            except PenchantError as exc:
                self._note(record, trouble=str(exc))
                outcome = f"not submitted again: {exc}"
            print(f"job {record.name} ({record.job}) was lost; {outcome}", file=sys.stderr, flush=True)

    def _note(self, record: job.Record, **why: str) -> None:
        # Unless somebody has meanwhile said that it shall not run any more.
        if record in job.records(self._settings):
            job.remember(self._settings, msgspec.structs.replace(record, **why))
