"""4. fold and 5. write: a batch becomes one row, upserted and acknowledged before the checkpoint's barrier passes.

In: (user_id, day, batch_number, payloads), and the place of a single dimension in the plan `keyed`. Out: dead letters
of batches that the store has refused for a minute. PyFlink's AsyncFunction may lose an error of the last write of a
bundle. So `async_invoke` never raises: what may succeed later is tried until it does, and any other error is handed as
a value to the next operator, `Settle`, which raises it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import cache, partial

from pyflink.common import Row, RowKind, Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, DataStream, RuntimeContext

from cql.rows import BatchKey
from cql.store import Store
from cql.writer import Places, Writer
from flink_job import clock, heap
from flink_job.exclude import Exclude
from flink_job.letter import letter
from flink_job.metrics import WriteCounts
from flink_job.progress import ProgressReporter
from flink_job.reprocess.pace import paced
from flink_job.settings import JobSettings
from flink_job.settle import OUTCOME, Outcome, Settle
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import Reason, StoreRefused, StoreUnavailable
from udfs.events.batch import Batch
from udfs.events.payload import apart
from udfs.events.record import Record
from udfs.statistics.fold import Fold
from udfs.statistics.memory import Memory

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0
_REFUSED_S = 60.0
"""How long the store has to refuse a batch: a single node may do so for a while, whose tables lag behind."""

_NO_TIMEOUT = Time.milliseconds(0)
_EVENTS_PER_LETTER = 250


def write(batches: DataStream, settings: JobSettings, catalogue: Catalogue) -> DataStream:
    """Fold and write each batch; the answer is the stream of dead letters."""
    function = WriteBatch(settings, catalogue)
    outcomes = AsyncDataStream.unordered_wait(batches, function, _NO_TIMEOUT, settings.write_concurrency, OUTCOME)
    outcomes.uid("write").name("write")
    return outcomes.flat_map(Settle(), Types.STRING()).uid("settle").name("settle")


class WriteBatch(AsyncFunction):
    """Wires `Fold` and `Writer` into the stream."""

    def __init__(self, settings: JobSettings, catalogue: Catalogue) -> None:
        """Only plain values are kept here: they travel to the workers."""
        self._settings = settings
        self._catalogue = catalogue

    def open(self, runtime_context: RuntimeContext) -> None:
        """Connect in the worker; the first subtask also reports progress."""
        self._fold = cache(lambda places: Fold(self._catalogue, places or None))
        self._memory = Memory()
        self._counts = WriteCounts(runtime_context.get_metrics_group())
        self._store = Store.open(self._settings)
        writer = Writer(self._store, self._settings, self._catalogue)
        subtasks = runtime_context.get_number_of_parallel_subtasks()
        self._writer = paced(writer, self._settings.write_rate, self._settings.write_latency_ms, subtasks)
        self._exclude = Exclude(self._store, self._catalogue, clock.now_ms)
        self._reporter = ProgressReporter(self._settings, writer)
        if runtime_context.get_index_of_this_subtask() == 0:
            self._reporter.start()
        heap.settle()

    def close(self) -> None:
        """Disconnect."""
        self._reporter.stop()
        self._store.close()

    async def async_invoke(self, value: Row) -> list[Outcome]:
        """Fold and write one batch. Never raises."""
        try:
            return await self._write(value)
        except Exception as exc:
            return [Outcome(is_letter=False, text=f"{type(exc).__name__}: {exc}")]

    async def _write(self, row: Row) -> list[Outcome]:
        if row.get_row_kind() in (RowKind.UPDATE_BEFORE, RowKind.DELETE):
            message = f"unexpected {row.get_row_kind()} of {row}; the plan must be an upsert"
            raise AssertionError(message)
        user_id, day, number, payloads, *place = row
        try:
            await self._until_taken(BatchKey(user_id, Batch(day, number)), payloads, tuple(place))
        except StoreRefused as refused:
            letters = _unwritable(user_id, payloads, str(refused), self._settings.generation)
            return [Outcome(is_letter=True, text=text) for text in letters]
        return []

    async def _until_taken(self, key: BatchKey, payloads: bytes, places: Places) -> None:
        await until_taken(partial(self._taken, key, payloads, places), asyncio.sleep)

    async def _taken(self, key: BatchKey, payloads: bytes, places: Places) -> bool:
        try:
            # Asked again before each try: an outage may outlast what was known of the user.
            if kept := await self._exclude.kept(key.user_id, key.batch, payloads):
                delta = self._memory.fold(self._fold(places), (key, places), kept)
                if await self._writer.write(key, delta, clock.now_ms(), places):
                    self._counts.wrote(key, kept, delta)
                else:
                    self._counts.left_out()
        except StoreUnavailable:
            self._counts.tried_again()
            return False
        except StoreRefused:
            self._counts.tried_again()
            raise
        return True


async def until_taken(taken: Callable[[], Awaitable[bool]], sleep: Callable[[float], Awaitable[None]]) -> None:
    """Try until the store takes it. Raises StoreRefused once it was refused for a minute, without an outage between."""
    pause, refused_s = _FIRST_PAUSE_S, 0.0
    while True:
        try:
            if await taken():
                return
            refused_s = 0.0
        except StoreRefused:
            if refused_s >= _REFUSED_S:
                raise
            refused_s += pause
        await sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _unwritable(user_id: str, payloads: bytes, why: str, generation: int) -> Iterator[str]:
    """Dead letters of a batch, in pieces that Kafka takes: a whole batch may hold 20 MB."""
    events = list(apart(payloads))
    for first in range(0, len(events), _EVENTS_PER_LETTER):
        piece = b",".join(events[first : first + _EVENTS_PER_LETTER])
        record = Record(-1, -1, -1, user_id.encode(), piece)
        yield letter(Reason.UNWRITABLE, why, record, generation).json()
