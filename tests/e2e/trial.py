"""A trial: a job with a log and tables of its own, traffic that streams while faults strike, and both judges.

A fault counts as survived when all that the log had taken when it was over lies under a completed checkpoint.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import psutil
from records import event, message
from running import (
    DISORDER,
    assert_exact,
    begun_from,
    job_id,
    job_name,
    own_job,
    part,
    prepare,
    produce,
    running,
    submit,
    until,
)

from flink_job.local import flink, job
from flink_job.local.demo.feed import Feed
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import load as load_items
from flink_job.position import LogPosition
from flink_job.settings import JobSettings
from flink_job.verify.report import Report
from udfs.catalogues.catalogue import load
from udfs.errors import LogUnavailable

CARS = load("cars")
RATE = 100.0
SUBTASKS = 2
"""As many as one TaskManager has slots, so that the other one can take over."""
FIRST_RECORDS = 200
"""Under a checkpoint before the first fault: there must be something to lose."""


VISITS, VISIT_RATE = 300, 100.0


class Trial:
    """One job under load. `report` is there when the trial is over."""

    report: Report

    def __init__(self, local: StackSettings, settings: JobSettings) -> None:
        self.local = local
        self.settings = settings
        self._position = LogPosition(settings)
        kind = msgspec.structs.replace(DISORDER, users=300, run=settings.store_keyspace)
        self.feed = Feed(load_items(CARS), kind, settings)
        self._visits = 0

    @property
    def sent(self) -> int:
        """Messages that the log has acknowledged."""
        return self.feed.sent + self._visits

    def visit(self) -> None:
        """Let users come who come once: nothing writes their rows again, so one that a fault loses stays lost."""
        seen = f"{self.settings.store_keyspace}-{self._visits}"
        produce(self.settings, [message(event(f"{seen}-{one}", one)) for one in range(VISITS)], VISIT_RATE)
        self._visits += VISITS

    @property
    def job(self) -> str:
        """The job's present id."""
        return job_id(self.local, job_name(self.settings))

    def checkpointed(self) -> int:
        """Records under a completed checkpoint, as far as can be told now."""
        with suppress(LogUnavailable):
            return sum(self._position.committed().values())
        return 0

    def lag(self) -> int:
        """Records that no completed checkpoint covers."""
        return self.sent - self.checkpointed()

    def failures(self) -> int:
        """How often the job's tasks have failed so far."""
        return len(flink.exceptions(self.local, self.job)["exceptionHistory"]["entries"])

    def newest_checkpoint(self) -> Path:
        """The newest one that is complete."""
        found = flink.latest_checkpoint(flink.checkpoints(self.local, job_name(self.settings)))
        assert found is not None
        return found

    def process(self, name: str) -> psutil.Process:
        """The process of a part of the stack."""
        pid = part(self.local, name).pid
        assert pid is not None
        return psutil.Process(pid)

    def taskmanager(self) -> str:
        """The name of a TaskManager that runs a part of the job."""
        return min(flink.at_work(self.local, self.job)).rpartition("-")[0]

    def move(self, *, subtasks: int, build: str = "") -> None:
        """Stop the job at a savepoint and start it again from there, at another parallelism or in another build."""
        savepoint = job.stop_with_savepoint(self.local, self.job)
        moved = submit(self.local, self.settings, parallelism=subtasks, build=build, savepoint=savepoint)
        until(lambda: begun_from(self.local, moved) == savepoint)

    def recover(self) -> float:
        """Wait until all that the log has now is checkpointed, while traffic goes on; the seconds that it took."""
        assert self.feed.running
        started, sent = time.monotonic(), self.sent
        until(lambda: self.checkpointed() > sent)
        return time.monotonic() - started

    def finish(self) -> None:
        """End the traffic, all of it acknowledged."""
        self.feed.finish()
        assert not self.feed.running

    def judge(self) -> None:
        """Both judges: nothing is lost, nothing counts twice, and the log holds what was acknowledged and no more."""
        self.report = assert_exact(self.settings, CARS)
        assert self.report.books.produced == self.sent

    def close(self) -> None:
        """Disconnect."""
        self.feed.close()
        self._position.close()


def number(checkpoint: Path) -> int:
    """The how many-th it is of its job."""
    return int(checkpoint.name.removeprefix("chk-"))


@contextmanager
def trial(local: StackSettings, name: str, *, build: str = "", **changes: str) -> Iterator[Trial]:
    """A trial whose job has something to lose; when it is over, the store must equal a recount of the log."""
    settings = own_job(local, name, **changes)
    prepare(local, settings, CARS)
    found = Trial(local, settings)
    with running(local, settings, parallelism=SUBTASKS, build=build):
        found.feed.start(None, RATE)
        try:
            until(lambda: found.checkpointed() > FIRST_RECORDS)
            yield found
            found.finish()
            found.judge()
        finally:
            found.close()
