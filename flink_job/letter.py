"""A dead letter: what was not counted, with its reason and its original bytes, as JSON in the rejected topic.

    {"reason", "detail", "append_ms", "partition", "offset", "key": base64 or null, "value": base64 or null}

and `origin` where the record was itself a replayed letter. A letter may be there more than once: the record's
(partition, offset) names it. A batch that the store refuses has partition and offset -1 and carries its payloads.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec

from udfs.errors import EventRejected, Reason
from udfs.events.record import Origin, Record, origin

_NEVER_ITSELF = (Reason.CAPPED, Reason.NO_APPEND_TIME)
"""Reasons that lie in the log and not in code or catalogue: the record itself counts in no generation."""

FOREIGN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What comes of bytes in the rejected topic that are no letter of ours."""


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

    @property
    def name(self) -> str:
        """How people and commands call it: `partition:offset`."""
        return f"{self.partition}:{self.offset}"

    @property
    def is_record(self) -> bool:
        """Whether it is a record of the log, and no batch that the store has refused."""
        return self.offset >= 0

    @property
    def may_count(self) -> bool:
        """Whether a replay makes sense: of a replay for another generation it would be the record a second time."""
        return self.is_record and self.reason is not Reason.OTHER_GENERATION

    @property
    def first(self) -> Origin:
        """Where its record stood first: a replay of a replay is the same replay."""
        given = None if self.origin is None else self.origin.encode("latin-1")
        with suppress(EventRejected):
            return origin(given) or Origin(self.partition, self.offset, self.append_ms)
        return Origin(self.partition, self.offset, self.append_ms)

    def replayed(self, generation: int) -> Origin:
        """The origin of a replay, made for the generation that has refused the record."""
        everywhere = self.reason in _NEVER_ITSELF and self.first.generation == 0
        return self.first._replace(generation=0 if everywhere else generation)

    def json(self) -> str:
        """The letter as the topic holds it."""
        return msgspec.json.encode(self).decode()


_decode = msgspec.json.Decoder(Letter).decode


def letter(reason: Reason, detail: str, record: Record) -> Letter:
    """The dead letter of a record."""
    header = None if record.origin is None else record.origin.decode("latin-1")
    return Letter(reason, detail, record.append_ms, record.partition, record.offset, record.key, record.value, header)


def letters(records: Iterable[Record]) -> Iterator[Letter]:
    """The letters in records of the rejected topic, copies among them; what others wrote there is passed over."""
    return (one for one in map(_read, records) if one is not None)


def _read(record: Record) -> Letter | None:
    try:
        return _decode(record.value or b"")
    except FOREIGN:
        return None


def distinct(found: Iterable[Letter]) -> list[Letter]:
    """Each letter once, in the order in which they came first."""
    return list({(one.partition, one.offset, one.key, one.value): one for one in found}.values())
