"""What the job counts for Flink's metrics, beside what Flink counts by itself.

In: the metric group of an operator. Out: counters. All of them begin at 0 when the task starts, also after a restart,
so batches that are folded again are counted again: these numbers are for watching, `penchant verify` is for the books.
"""

from collections import OrderedDict
from functools import partial

from pyflink.metrics import Counter, MetricGroup

from cql.rows import BatchKey
from udfs.errors import Reason
from udfs.statistics.fold import Delta

OPERATOR = "flink_taskmanager_job_task_operator"
"""How Prometheus sees the numbers of an operator: this, an underscore, the name."""

LETTERS = "reason_letters"
WRITE_COUNTS = {
    "writes": "Rows that the store has acknowledged.",
    "left_out": "Rows that were past their retention.",
    "retries": "Writes that the store did not take and that were tried again.",
    "folded": "Records folded for the first time.",
    "duplicates": "Of those, repeats of a record in their batch.",
    "conflicts": "Of those, payloads that lost against another one of the same event id.",
    "late": "Of those, records of late batches.",
}
"""What the operator `write` counts."""

_BATCHES = 50_000
_BETWEEN_PAYLOADS = b'],["'


def letters(group: MetricGroup) -> dict[Reason, Counter]:
    """A counter of dead letters for each reason."""
    return {reason: group.add_group("reason", reason.value).counter(LETTERS.rpartition("_")[2]) for reason in Reason}


class WriteCounts:
    """The counts of one subtask's writes.

    They are shown as gauges, because PyFlink's counters do nothing in the thread of an async function: Flink reads
    gauges in the task's own thread, at the end of each bundle.
    """

    def __init__(self, group: MetricGroup) -> None:
        """Registers all of `WRITE_COUNTS`."""
        self._counts = dict.fromkeys(WRITE_COUNTS, 0)
        self._seen: OrderedDict[BatchKey, tuple[int, int, int]] = OrderedDict()
        for name in WRITE_COUNTS:
            group.gauge(name, partial(self._counts.__getitem__, name))

    def wrote(self, key: BatchKey, payloads: bytes, delta: Delta) -> None:
        """A row was acknowledged; what is new since the batch was written last is added."""
        records = payloads.count(_BETWEEN_PAYLOADS) + 1
        now = (records, records - delta.version, delta.conflicts)
        folded, duplicates, conflicts = (max(0, new - old) for new, old in zip(now, self._last(key, now), strict=True))
        self._add(writes=1, folded=folded, duplicates=duplicates, conflicts=conflicts)
        if key.batch.is_late:
            self._add(late=folded)

    def left_out(self) -> None:
        """A row was not to be written any more."""
        self._add(left_out=1)

    def tried_again(self) -> None:
        """The store was not available for a write."""
        self._add(retries=1)

    def _add(self, **counts: int) -> None:
        for name, count in counts.items():
            self._counts[name] += count

    def _last(self, key: BatchKey, now: tuple[int, int, int]) -> tuple[int, int, int]:
        """What the batch held when it was written last; a batch that was long not written is as good as new."""
        last = self._seen.pop(key, (0, 0, 0))
        self._seen[key] = now
        if len(self._seen) > _BATCHES:
            self._seen.popitem(last=False)
        return last
