"""The way to the store without the store: to measure what the pipeline costs by itself.

In: the same rows as `flink_job.write`. Out: nothing. Every batch is folded and laid out as a row, and dropped.
"""

from collections.abc import Iterator

from pyflink.common import Row, Types
from pyflink.datastream import DataStream, FlatMapFunction, RuntimeContext

from cql.rows import BatchKey, Layout
from flink_job import clock, heap
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import Batch
from udfs.statistics.fold import Fold
from udfs.statistics.memory import Memory


def discard(batches: DataStream, settings: JobSettings, catalogue: Catalogue) -> DataStream:
    """Fold each batch and drop it; the answer is a stream without elements."""
    return batches.flat_map(Discard(settings, catalogue), Types.STRING()).uid("discard").name("discard")


class Discard(FlatMapFunction):
    """Counts `emits` and `folded_bytes`, the payloads of all emits."""

    def __init__(self, settings: JobSettings, catalogue: Catalogue) -> None:
        """Only plain values are kept here: they travel to the workers."""
        self._settings = settings
        self._catalogue = catalogue

    def open(self, runtime_context: RuntimeContext) -> None:
        """Build the fold in the worker."""
        self._fold = Fold(self._catalogue)
        self._memory = Memory()
        self._layout = Layout(self._catalogue, self._settings.generation, self._settings.retention_days)
        self._emits = runtime_context.get_metrics_group().counter("emits")
        self._folded_bytes = runtime_context.get_metrics_group().counter("folded_bytes")
        heap.settle()

    def flat_map(self, value: Row) -> Iterator[str]:
        """Fold one batch."""
        user_id, day, number, payloads = value
        self._emits.inc()
        self._folded_bytes.inc(len(payloads))
        key = BatchKey(user_id, Batch(day, number))
        delta = self._memory.fold(self._fold, key, payloads)
        self._layout.values(key, delta, clock.now_ms())
        yield from ()
