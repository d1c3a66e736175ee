"""Verify as one call: wait until the job has caught up with the log, then recount and compare."""

import time
from collections.abc import Callable

from cql.people import exclusions
from cql.rows import Layout
from cql.scan import scan
from cql.store import Store
from flink_job.log import Log
from flink_job.progress import LogPosition
from flink_job.settings import JobSettings
from flink_job.verify.compare import compare
from flink_job.verify.recount import Recount, recount
from flink_job.verify.report import Report
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import LogUnavailable
from udfs.events.exclusion import Span

Say = Callable[[str], None]
_POLL_S = 0.5


def verify(settings: JobSettings, catalogue: Catalogue, patience_s: float | None, say: Say) -> Report:
    """Compare log, store and dead letters; `say` gets a line per step. Raises LogUnavailable or StoreError.

    `patience_s`: how long to wait for the job to catch up; None does not wait.
    """
    with Log(settings.kafka_bootstrap, settings.events_topic) as log:
        ends = log.ends()
        if patience_s is not None:
            wait_until_caught_up(settings, ends, patience_s, say)
        say(f"reading {sum(ends.values()):,} records of the log")
        store = Store.open(settings)
        try:
            counted = recount(log.records(ends), catalogue, settings.retention_days, _exclusions(store))
            say(f"comparing {len(counted.payloads):,} batches with the store")
            return _compared(counted, store, settings, catalogue)
        finally:
            store.close()


def _exclusions(store: Store) -> dict[str, list[Span]]:
    """Erasures and objections, by user."""
    found: dict[str, list[Span]] = {}
    for user_id, span in exclusions(store):
        found.setdefault(user_id, []).append(span)
    return found


def _compared(counted: Recount, store: Store, settings: JobSettings, catalogue: Catalogue) -> Report:
    with Log(settings.kafka_bootstrap, settings.rejected_topic) as rejected:
        letters = rejected.records(rejected.ends())
        layout = Layout(catalogue, settings.generation, settings.retention_days)
        now_ms = time.time_ns() // 1_000_000
        return compare(counted, scan(store, settings, catalogue), letters, catalogue, layout, now_ms)


def wait_until_caught_up(settings: JobSettings, ends: dict[int, int], patience_s: float, say: Say) -> None:
    """Wait until a completed checkpoint covers the log up to `ends`. Raises LogUnavailable after `patience_s`."""
    position = LogPosition(settings)
    deadline = time.monotonic() + patience_s
    try:
        while lag := _lag(position.committed(), ends):
            if time.monotonic() > deadline:
                message = (
                    f"the job is {lag:,} records behind after {patience_s:.0f} s; is it running? see `penchant status`"
                )
                raise LogUnavailable(message)
            say(f"waiting for the job: {lag:,} records behind")
            time.sleep(_POLL_S)
    finally:
        position.close()
    say("the job has caught up with the log")


def _lag(committed: dict[int, int], ends: dict[int, int]) -> int:
    return sum(max(0, end - committed.get(partition, 0)) for partition, end in ends.items())
