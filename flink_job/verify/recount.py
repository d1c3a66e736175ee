"""The recount: the log read again from its beginning, by the same decode, cap and fold as the job.

In: records, each partition in offset order. Out: the payloads that count per batch, and the reason of every record
that does not. While the log grows, only what is closed can be compared: records that it took before an instant, and of
batches those that no later record has touched. Likewise at the beginning of the lowest generation that is compared:
records from an instant on, and of batches those that are whole.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from cql.rows import BatchKey, StoredRow
from flink_job.letter import Carried, carried
from flink_job.share import EVERYBODY, Share
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import EventRejected, Reason
from udfs.events.batch import Calendar
from udfs.events.event import Decoder
from udfs.events.exclusion import Spans, kept
from udfs.events.payload import together
from udfs.events.record import Record
from udfs.statistics.encoding import encode
from udfs.statistics.fold import MAX_EVENTS, Fold


class Window(NamedTuple):
    """Append times, in ms since the epoch: what is compared begins with `since_ms` and ends before `until_ms`.

    None: there is no end on that side.
    """

    since_ms: int | None = None
    until_ms: int | None = None

    def holds(self, append_ms: int) -> bool:
        """Whether it has begun by then and is not over."""
        return (self.since_ms is None or append_ms >= self.since_ms) and not self.is_over(append_ms)

    def is_over(self, append_ms: int) -> bool:
        """Whether it is over by then."""
        return self.until_ms is not None and append_ms >= self.until_ms


_WHOLE = Window()


class Refusal(NamedTuple):
    """Why a record does not count, and a fingerprint of what its dead letter must carry."""

    reason: Reason
    content: int


class Recount(msgspec.Struct):
    """What the log says: payloads per batch with repeats, and refused records by (partition, offset).

    `excluded` records would count, had their user not been erased or objected. Records after the window only open their
    batches. Of `capped` records, those of open batches are `passed` over.
    """

    window: Window = _WHOLE
    share: Share = EVERYBODY
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
    window: Window = _WHOLE,
    generation: int = 1,
    share: Share = EVERYBODY,
) -> Recount:
    """Read the whole log once, without what `exclusions` say of users; `close` ends it.

    Keeps every payload of the share's users in memory: about 250 bytes an event.
    """
    decoder = Decoder(catalogue, retention_days, generation)
    calendar = Calendar(catalogue.time_zone)
    found = Recount(window, share)
    for record in share.records(records):
        if window.is_over(record.append_ms):
            touch(found, decoder, record)
        elif window.holds(record.append_ms):
            _count(found, decoder, record)
    _open_partial(found, calendar)
    _exclude(found, calendar, exclusions)
    return found


def folded(found: Recount, catalogue: Catalogue) -> Iterator[StoredRow]:
    """The rows that should be stored, one for each batch."""
    fold = Fold(catalogue).fold
    for key, payloads in found.payloads.items():
        delta = fold(together(payloads))
        cells = dict(zip(catalogue.names, map(encode, delta.statistics), strict=True))
        yield StoredRow(key, delta.version, delta.events, delta.items, cells)


def touch(found: Recount, decoder: Decoder, record: Record) -> None:
    """Take note of a record that is later than what is compared."""
    with suppress(EventRejected):
        event = decoder.decode(record)
        found.open.add(BatchKey(event.user_id, event.batch))


def _open_partial(found: Recount, calendar: Calendar) -> None:
    """Of batches that began to fill before the window, there is but a part."""
    since_ms = found.window.since_ms
    if since_ms is not None:
        found.open.update(key for key in found.payloads if not calendar.is_whole(key.batch, since_ms))


def _count(found: Recount, decoder: Decoder, record: Record) -> None:
    found.produced += 1
    reason = _take(found, decoder, record)
    if reason is not None:
        content = fingerprint(record.append_ms, carried(record.key, record.value))
        found.refused[record.partition, record.offset] = Refusal(reason, content)


def fingerprint(append_ms: int, content: Carried) -> int:
    """A number that tells contents of letters apart within this process, so that they need not be kept."""
    return hash((append_ms, content))


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
