"""The recount: the log read again from its beginning, by the same decode, cap and fold as the job.

In: records, each partition in offset order. Out: the payloads that count per batch, and the reason of every record
that does not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
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
    """

    produced: int = 0
    payloads: dict[BatchKey, list[str]] = {}
    refused: dict[tuple[int, int], Refusal] = {}
    excluded: int = 0

    @property
    def accepted(self) -> int:
        """Records that count, repeats included."""
        return sum(map(len, self.payloads.values()))

    @property
    def reasons(self) -> Counter[Reason]:
        """How many records were refused, per reason."""
        return Counter(refusal.reason for refusal in self.refused.values())


def recount(
    records: Iterable[Record],
    catalogue: Catalogue,
    retention_days: int,
    exclusions: Mapping[str, Spans] = MappingProxyType({}),
) -> Recount:
    """Read the whole log once, without what `exclusions` say of users. Keeps about 250 bytes an event in memory."""
    decoder = Decoder(catalogue, retention_days)
    found = Recount()
    for record in records:
        found.produced += 1
        reason = _take(found, decoder, record)
        if reason is not None:
            content = fingerprint(record.append_ms, record.key, record.value)
            found.refused[record.partition, record.offset] = Refusal(reason, content)
    _exclude(found, Calendar(catalogue.time_zone), exclusions)
    return found


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
    payloads = found.payloads.setdefault(BatchKey(event.user_id, event.batch), [])
    if len(payloads) >= MAX_EVENTS:
        return Reason.CAPPED
    payloads.append(event.payload)
    return None
