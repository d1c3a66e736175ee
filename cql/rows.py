"""Delta <-> row: what stands in the store, without the store.

In: a folded batch, or a row that was read. Out: the values to bind in the order of `write_delta.cql`, or a `BatchRow`.
"""

import datetime
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import DAY_MS, Batch, Calendar, date_of
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Delta


class BatchKey(NamedTuple):
    """Which row: a user's batch. The generation is the same for all that a process reads or writes."""

    user_id: str
    batch: Batch


class BatchRow(msgspec.Struct, frozen=True):
    """A row of `deltas` as it was read: `cells` holds the encoded statistic per dimension asked for, if there."""

    date: datetime.date
    batch: int
    version: int
    events: int
    items: int
    cells: dict[str, bytes]


class StoredRow(msgspec.Struct, frozen=True):
    """A row of `deltas` with its key, as a scan of the whole table finds it."""

    key: BatchKey
    version: int
    events: int
    items: int
    cells: dict[str, bytes]


class Progress(msgspec.Struct, frozen=True):
    """All records of a partition before `next_offset`, and all appended before `fresh_through_ms`, are in the store."""

    partition: int
    next_offset: int
    fresh_through_ms: int


def fresh_through_ms(progress: Iterable[Progress]) -> int | None:
    """The append time through which all partitions are in the store; None before the job's first report."""
    return min((partition.fresh_through_ms for partition in progress), default=None)


def column(dimension: str) -> str:
    """The column of a dimension; the prefix keeps it apart from the key and from CQL's words."""
    return f"d_{dimension}"


class Layout:
    """Lays out the rows of one catalogue and generation."""

    def __init__(self, catalogue: Catalogue, generation: int, retention_days: int, since_ms: int | None = None) -> None:
        """`retention_days`: a row is kept until its date is this old.

        `since_ms`: the append time from which on the generation reads the log. Batches that began to fill before are
        left out, as theirs would be a part that hides the whole row of the parent.
        """
        self._generation = generation
        self._since_ms = since_ms
        self._retention_ms = (retention_days + 1) * DAY_MS
        self._calendar = Calendar(catalogue.time_zone)

    def values(self, key: BatchKey, delta: Delta, now_ms: int) -> list[Any] | None:
        """The values to bind, or None for a batch that is not whole, or past its retention (a TTL of 0 keeps for ever).

        Empty statistics are written too: a row always overwrites all the cells that it names.
        """
        ttl = self.ttl_seconds(key.batch, now_ms)
        if ttl <= 0 or not self._is_whole(key.batch):
            return None
        head = (key.user_id, self._generation, date_of(key.batch.day), key.batch.number)
        counts = (delta.version, delta.events, delta.items)
        return [*head, *counts, *map(encode, delta.statistics), self.timestamp_us(key.batch, delta), ttl]

    def timestamp_us(self, batch: Batch, delta: Delta) -> int:
        """The write timestamp: grows with every emit, is equal on every replay; an older state loses."""
        return self._calendar.batch_start(batch) * 1000 + delta.version

    def ttl_seconds(self, batch: Batch, now_ms: int) -> int:
        """Seconds until the batch's date is past retention; 0 or less when it is."""
        return (self._calendar.start(batch.day) + self._retention_ms - now_ms) // 1000

    def _is_whole(self, batch: Batch) -> bool:
        return self._since_ms is None or self._calendar.is_whole(batch, self._since_ms)
