"""A dead letter: what was not counted, with its reason and its original bytes, as JSON in the rejected topic.

    {"reason", "detail", "generation", "append_ms", "partition", "offset", "key": base64 or null, "value": the same}

and `origin` where the record was itself a replayed letter; `length` where key and value are cut, as no letter would be
taken that is longer. A letter may be there more than once: the record's (partition, offset) names it. `generation` is
the one that has refused it; letters of earlier builds do not tell. A batch that the store refuses has partition and
offset -1 and carries its payloads.
"""

from collections.abc import Hashable, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

import msgspec

from flink_job.settings import MAX_EVENT_BYTES
from udfs.errors import EventRejected, Reason
from udfs.events.record import MAX_ORIGIN_BYTES, Origin, Record, origin

MAX_CARRIED_BYTES = 3 * MAX_EVENT_BYTES - 65_536
"""Of key and value together: base64 makes four bytes of three, and all else of a letter has the room that is left."""

_NEVER_ITSELF = (Reason.CAPPED, Reason.NO_APPEND_TIME)
"""Reasons that lie in the log and not in code or catalogue: the record itself counts in no generation."""

FOREIGN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What comes of bytes in the rejected topic that are no letter of ours."""


class Carried(NamedTuple):
    """What a letter carries of key and value; `length`: how many bytes both have, where that is not all of them."""

    key: bytes | None
    value: bytes | None
    length: int | None = None


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """One dead letter; bytes are base64 in JSON."""

    reason: Reason
    detail: str
    append_ms: int
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    origin: str | None = None
    length: int | None = None
    generation: int | None = None

    @property
    def name(self) -> str:
        """How people and commands call it: `partition:offset`."""
        return f"{self.partition}:{self.offset}"

    @property
    def refused(self) -> Hashable:
        """What tells apart the records and batches that were refused, by whichever generation."""
        return self.partition, self.offset, self.key, self.value

    @property
    def is_record(self) -> bool:
        """Whether it is a record of the log, and no batch that the store has refused."""
        return self.offset >= 0

    @property
    def carried(self) -> Carried:
        """What it has of its record's key and value."""
        return Carried(self.key, self.value, self.length)

    @property
    def is_cut(self) -> bool:
        """Whether that is not all."""
        return self.length is not None

    @property
    def record(self) -> Record:
        """Its record, as far as the letter carries it."""
        header = None if self.origin is None else self.origin.encode("latin-1")
        return Record(self.append_ms, self.partition, self.offset, self.key, self.value, header)

    @property
    def first(self) -> Origin:
        """Where its record stood first: a replay of a replay is the same replay."""
        with suppress(EventRejected):
            return origin(self.record.origin) or Origin(self.partition, self.offset, self.append_ms)
        return Origin(self.partition, self.offset, self.append_ms)

    def replayed(self, generation: int) -> Origin:
        """The origin of a replay, made for the generation that has refused the record."""
        everywhere = self.reason in _NEVER_ITSELF and self.first.generation == 0
        return self.first._replace(generation=0 if everywhere else generation)

    def json(self) -> str:
        """The letter as the topic holds it."""
        return msgspec.json.encode(self).decode()


_decode = msgspec.json.Decoder(Letter).decode


def letter(reason: Reason, detail: str, record: Record, generation: int | None = None) -> Letter:
    """The dead letter of a record that a generation refuses."""
    # As much as decode sees: enough to be refused again.
    header = None if record.origin is None else record.origin[: MAX_ORIGIN_BYTES + 1].decode("latin-1")
    key, value, length = carried(record.key, record.value)
    place = record.append_ms, record.partition, record.offset
    return Letter(reason, detail, *place, key, value, header, length, generation)


def carried(key: bytes | None, value: bytes | None) -> Carried:
    """As much of a record's key and value as a letter may carry."""
    length = len(key or b"") + len(value or b"")
    if length <= MAX_CARRIED_BYTES:
        return Carried(key, value)
    first = key and key[:MAX_CARRIED_BYTES]
    return Carried(first, value and value[: MAX_CARRIED_BYTES - len(first or b"")], length)


def letters(records: Iterable[Record]) -> Iterator[Letter]:
    """The letters in records of the rejected topic, copies among them; what others wrote there is passed over."""
    return (one for one in map(_read, records) if one is not None)


def _read(record: Record) -> Letter | None:
    try:
        return _decode(record.value or b"")
    except FOREIGN:
        return None


def distinct(found: Iterable[Letter]) -> list[Letter]:
    """Each letter once for each generation, in the order in which they came first."""
    return list({(one.refused, one.generation): one for one in found}.values())
