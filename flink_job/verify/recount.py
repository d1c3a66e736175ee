"""The recount: the log read again from its beginning, by the same decode, cap and fold as the job.

In: records, each partition in offset order. Out: the payloads that count per batch, and the reason of every record
that does not. While the log grows, only what is closed can be compared: records that it took before an instant, and of
batches those that no later record has touched.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from cql.rows import BatchKey
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import EventRejected, Reason
from udfs.events.batch import Calendar
from udfs.events.event import Decoder
from udfs.events.exclusion import Spans, kept
from udfs.events.record import Record
from udfs.statistics.fold import MAX_EVENTS


class Refusal(NamedTuple):
    """Why a record does not count, and a fingerprint of what its dead letter must carry."""

    reason: Reason
    content: int


class Recount(msgspec.Struct):
    """What the log says: payloads per batch with repeats, and refused records by (partition, offset).

    `excluded` records would count, had their user not been erased or objected.
    `until_ms`: later records only open their batches; None counts all. Of `capped` records, those of open batches
    are `passed` over.
    """

    until_ms: int | None = None
    produced: int = 0
    payloads: dict[BatchKey, list[str]] = {}
    refused: dict[tuple[int, int], Refusal] = {}
    excluded: int = 0
    open: set[BatchKey] = set()
    capped: dict[tuple[int, int], BatchKey] = {}
    passed: set[tuple[int, int]] = set()

    @property
    def accepted(self) -> int:
        """Records that count, repeats included."""
        return sum(map(len, self.payloads.values()))

    @property
    def reasons(self) -> Counter[Reason]:
        """How many records were refused, per reason."""
        return Counter(refusal.reason for refusal in self.refused.values())

    def close(self) -> None:
        """Leave out what belongs to open batches, once all records have been read."""
        for key in self.open:
            self.produced -= len(self.payloads.pop(key, ()))
        for place in [place for place, key in self.capped.items() if key in self.open]:
            self.produced -= 1
            self.passed.add(place)
            del self.refused[place]


def recount(
    records: Iterable[Record],
    catalogue: Catalogue,
    retention_days: int,
    exclusions: Mapping[str, Spans] = MappingProxyType({}),
    until_ms: int | None = None,
    generation: int = 1,
) -> Recount:
    """Read the whole log once, without what `exclusions` say of users; `close` ends it.

    Keeps every payload in memory: about 250 bytes an event.
    """
    decoder = Decoder(catalogue, retention_days, generation)
    found = Recount(until_ms)
    for record in records:
        if until_ms is None or record.append_ms < until_ms:
            _count(found, decoder, record)
        else:
            touch(found, decoder, record)
    _exclude(found, Calendar(catalogue.time_zone), exclusions)
    return found


def touch(found: Recount, decoder: Decoder, record: Record) -> None:
    """Take note of a record that is later than what is compared."""
    with suppress(EventRejected):
        event = decoder.decode(record)
        found.open.add(BatchKey(event.user_id, event.batch))


def _count(found: Recount, decoder: Decoder, record: Record) -> None:
    found.produced += 1
    reason = _take(found, decoder, record)
    if reason is not None:
        content = fingerprint(record.append_ms, record.key, record.value)
        found.refused[record.partition, record.offset] = Refusal(reason, content)


def fingerprint(append_ms: int, key: bytes | None, value: bytes | None) -> int:
    """A number that tells contents of records apart within this process, so that they need not be kept."""
    return hash((append_ms, key, value))


def _exclude(found: Recount, calendar: Calendar, exclusions: Mapping[str, Spans]) -> None:
    """Drop what does not count, after the cap as the job does."""
    for key in [key for key in found.payloads if key.user_id in exclusions]:
        payloads = found.payloads.pop(key)
        left = kept(exclusions[key.user_id], calendar, key.batch, payloads)
        found.excluded += len(payloads) - len(left)
        if left:
            found.payloads[key] = left


def _take(found: Recount, decoder: Decoder, record: Record) -> Reason | None:
    try:
        event = decoder.decode(record)
    except EventRejected as rejected:
        return rejected.reason
    key = BatchKey(event.user_id, event.batch)
    payloads = found.payloads.setdefault(key, [])
    if len(payloads) >= MAX_EVENTS:
        found.capped[record.partition, record.offset] = key
        return Reason.CAPPED
    payloads.append(event.payload)
    return None
