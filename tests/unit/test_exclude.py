"""What the job knows of erasures and objections: new ones soon, and those that became readable late within the hour."""

import asyncio
import datetime
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from held import CARS, NOW
from running import until

from cql.store import Store
from flink_job.exclude import Exclude
from udfs.errors import StoreUnavailable
from udfs.events.batch import HOUR_MS, Calendar

NOW_MS = round(NOW * 1000)
BATCH = Calendar("UTC").batch(NOW_MS, NOW_MS)
PAYLOAD = b'["e","i",0,0,null]'
SOON_MS = 5_001
ERASURE = (datetime.datetime.fromtimestamp(0, datetime.UTC), datetime.datetime.fromtimestamp(2 * NOW, datetime.UTC))


class HeldExclusions(Store):
    """The two tables of exclusions: all spans, and those that were made lately. A scan can be held up."""

    def __init__(self) -> None:
        self.spans: list[tuple[Any, ...]] = []
        self.made: list[tuple[Any, ...]] = []
        self.may_scan = threading.Event()
        self.may_scan.set()
        self.error: StoreUnavailable | None = None
        self.scans = 0

    def prepare(self, text: str) -> Any:
        return text

    async def run(self, statement: Any, values: Sequence[Any]) -> list[Any]:
        return self.made

    def scan(self, statement: Any, values: Sequence[Any] = ()) -> Iterator[Any]:
        self.scans += 1
        assert self.may_scan.wait(60)
        if self.error is not None:
            raise self.error
        yield from self.spans


class Worker:
    """What a worker of the job counts, at a time that is set by hand."""

    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        self.now_ms = NOW_MS
        self._runner = runner
        self._exclude = Exclude(store, CARS, lambda: self.now_ms)

    def counts(self, user_id: str, after_ms: int = 0) -> bool:
        self.now_ms += after_ms
        return bool(self._runner.run(self._exclude.kept(user_id, BATCH, PAYLOAD)))


@pytest.fixture
def store() -> HeldExclusions:
    return HeldExclusions()


@pytest.fixture
def worker(store: HeldExclusions) -> Iterator[Worker]:
    with asyncio.Runner() as runner:
        yield Worker(store, runner)


def test_a_span_is_known_from_the_start_and_a_new_one_soon_without_reading_all(
    store: HeldExclusions, worker: Worker
) -> None:
    store.spans = [("ann", *ERASURE)]
    assert not worker.counts("ann")
    store.made = [("bob", *ERASURE)]
    assert not worker.counts("bob", SOON_MS)
    assert worker.counts("silent", HOUR_MS - 2 * SOON_MS)
    assert store.scans == 1


def test_a_span_that_became_readable_long_after_it_was_made_is_known_within_the_hour(
    store: HeldExclusions, worker: Worker
) -> None:
    """As where another data centre took it: among those made lately it is not any more."""
    assert worker.counts("ann")
    store.spans = [("ann", *ERASURE)]
    assert worker.counts("ann", HOUR_MS + 1)
    until(lambda: not worker.counts("ann"), 60)
    assert store.scans == 2


def test_batches_do_not_wait_while_all_spans_are_read_again(store: HeldExclusions, worker: Worker) -> None:
    assert worker.counts("ann")
    store.may_scan.clear()
    store.spans = [("ann", *ERASURE)]
    for _ in range(3):
        assert worker.counts("ann", HOUR_MS + 1)
    until(lambda: store.scans == 2, 60)
    store.may_scan.set()
    until(lambda: not worker.counts("ann"), 60)


def test_where_all_spans_cannot_be_read_again_the_stream_goes_on_and_the_next_batch_tries(
    store: HeldExclusions, worker: Worker
) -> None:
    assert worker.counts("ann")
    store.error, store.spans = StoreUnavailable("no host"), [("ann", *ERASURE)]
    assert worker.counts("ann", HOUR_MS + 1)
    until(lambda: worker.counts("ann", SOON_MS) and store.scans > 2, 60)
    store.error = None
    until(lambda: not worker.counts("ann", SOON_MS), 60)


def test_a_job_that_cannot_read_them_at_its_start_counts_nothing(store: HeldExclusions, worker: Worker) -> None:
    store.error = StoreUnavailable("no host")
    with pytest.raises(StoreUnavailable):
        worker.counts("ann")
