"""One event: from the bytes of a record to the compact form that is grouped and folded.

In: a `Record`. Out: a `Compact` (user, batch, payload), or EventRejected with a reason. The payload is a JSON array

    [event_id, item_id, type code, seconds since its date began, value of dimension 0, value of dimension 1, ...]

with values in catalogue order and null for a missing one. It holds all that the fold needs and nothing else, because
it is what checkpointed state keeps. Equal payloads are equal events; the contract of the incoming JSON is
`event.schema.json` beside this file.
"""

import datetime
import re
from itertools import accumulate
from typing import Annotated, NamedTuple

import msgspec

from udfs.catalogues.catalogue import Catalogue, attribute
from udfs.catalogues.dimension import Dimension, Raw, Value
from udfs.errors import EventRejected, Reason
from udfs.events.batch import DAY_MS, SKEW_MS, Batch, Calendar, check_lateness
from udfs.events.record import ORIGIN_HEADER, Origin, Record, origin

SCHEMA = 1
MAX_VALUE_BYTES = 65_536
MAX_PAYLOAD_BYTES = 4_096
MAX_USER_BYTES = 256
MAX_DEPTH = 64
"""Python's own limit depends on who calls: a verdict resting on it would differ between job and verify."""

_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 200
"""Characters: blanks around a value may be as many as a record takes."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Instant = Annotated[datetime.datetime, msgspec.Meta(tz=True)]


class Event(msgspec.Struct):
    """An event as a producer writes it. Fields that are not named here are ignored."""

    event_id: Identifier
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_USER_BYTES)]
    type: str
    occurred_at: Instant
    item: dict[str, object]
    schema: int = SCHEMA


class Compact(NamedTuple):
    """An event that counts: whose it is, which batch it belongs to, and its payload (JSON text without spaces)."""

    user_id: str
    batch: Batch
    payload: str


class Decoder:
    """Turns records into compact events by one catalogue; remembers values that it has normalised."""

    def __init__(self, catalogue: Catalogue, retention_days: int, generation: int = 1) -> None:
        """`retention_days`: how far back an event may have occurred when the log takes it.

        `generation`: the one that is computed, for replays that count in one alone.
        """
        self._generation = generation
        self._retention_ms = retention_days * DAY_MS
        self._calendar = Calendar(catalogue.time_zone)
        self._codes = catalogue.type_codes
        self._readers = [_Reader(dimension) for dimension in catalogue.dimensions]
        self._event = msgspec.json.Decoder(Event)
        self._encode = msgspec.json.Encoder().encode

    def decode(self, record: Record) -> Compact:
        """The compact event of a record. Raises EventRejected, and nothing else, for any bytes."""
        event = self._parse(record)
        occurred_ms = _milliseconds(event.occurred_at)
        batch = self._batch(event.event_id, occurred_ms, record)
        second = (occurred_ms - self._calendar.start(batch.day)) // 1000
        return Compact(event.user_id, batch, self._payload(event, second))

    def _batch(self, event_id: str, occurred_ms: int, record: Record) -> Batch:
        first = _first(record)
        check_lateness(occurred_ms, record.append_ms, self._retention_ms, first and first.append_ms)
        if first is None:
            return self._calendar.batch(occurred_ms, record.append_ms)
        if first.generation not in (0, self._generation):
            detail = f"replayed for generation {first.generation}; in {self._generation} the record itself was met"
            raise EventRejected(Reason.OTHER_GENERATION, detail)
        return self._calendar.replayed(occurred_ms, event_id)

    def _parse(self, record: Record) -> Event:
        if record.append_ms < 0:
            detail = "the record has no append time; set message.timestamp.type=LogAppendTime on the topic"
            raise EventRejected(Reason.NO_APPEND_TIME, detail)
        if not record.key:
            raise EventRejected(Reason.NO_KEY, "the record has no key; produce with key = user_id")
        if record.value is None:
            raise EventRejected(Reason.NO_VALUE, "the record has no value; deletions are not events")
        if len(record.value) > MAX_VALUE_BYTES:
            raise EventRejected(Reason.TOO_LARGE, f"at most {MAX_VALUE_BYTES} bytes are taken")
        event = self._struct(record.value)
        if event.schema != SCHEMA:
            raise EventRejected(Reason.UNSUPPORTED_SCHEMA, f"schema={event.schema}; this build reads {SCHEMA}")
        if event.user_id.encode() != record.key:
            raise EventRejected(Reason.FOREIGN_KEY, "the record's key is not its user_id; produce with key = user_id")
        return event

    def _struct(self, value: bytes) -> Event:
        if _nested(value, MAX_DEPTH):
            raise EventRejected(Reason.WRONG_SHAPE, f"objects and lists may be nested {MAX_DEPTH} deep")
        try:
            event = self._event.decode(value)
        except msgspec.ValidationError as exc:
            raise EventRejected(Reason.WRONG_SHAPE, str(exc)) from exc
        except (msgspec.DecodeError, UnicodeError, ValueError) as exc:
            raise EventRejected(Reason.NOT_JSON, str(exc)) from exc
        if len(event.user_id.encode()) > MAX_USER_BYTES:
            raise EventRejected(Reason.WRONG_SHAPE, f"user_id must be at most {MAX_USER_BYTES} bytes - at `$.user_id`")
        return event

    def _payload(self, event: Event, second: int) -> str:
        code = self._codes.get(event.type)
        if code is None:
            detail = f"type={event.type[:40]!r} is not in the catalogue; it has {', '.join(self._codes)}"
            raise EventRejected(Reason.UNKNOWN_TYPE, detail)
        values = [reader.read(event.item) for reader in self._readers]
        payload = self._encode([event.event_id, _item_id(event.item), code, second, *values])
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise EventRejected(Reason.TOO_LARGE, f"{len(payload)} bytes in compact form; at most {MAX_PAYLOAD_BYTES}")
        return payload.decode()


class _Reader:
    """Reads one dimension of an item, remembering raw values: the same few come again and again."""

    def __init__(self, dimension: Dimension) -> None:
        self._dimension = dimension
        self._path = tuple(dimension.path.split("."))
        self._flat = self._path[0] if len(self._path) == 1 else None
        self._known: dict[tuple[type, Raw], Value] = {}

    def read(self, item: dict[str, object]) -> Value:
        raw = item.get(self._flat) if self._flat else attribute(item, self._path)
        if raw is None:
            return None
        # The type belongs to the key because True == 1 == 1.0 in Python.
        key = (raw.__class__, raw)
        try:
            return self._known[key]
        except KeyError:
            return self._remember(key)
        except TypeError:  # an unhashable list or object
            return self._dimension.value(raw)

    def _remember(self, key: tuple[type, Raw]) -> Value:
        raw = key[1]
        value = self._dimension.value(raw)
        if len(self._known) < _REMEMBERED and not (isinstance(raw, str) and len(raw) > _LONGEST_REMEMBERED):
            self._known[key] = value
        return value


def _first(record: Record) -> Origin | None:
    first = origin(record.origin)
    if first is not None and first.append_ms > record.append_ms + SKEW_MS:
        detail = f"header {ORIGIN_HEADER} names a time after the record's own; only a replay sets it"
        raise EventRejected(Reason.WRONG_SHAPE, detail)
    return first


def _item_id(item: dict[str, object]) -> str:
    found = item.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= 128:
        raise EventRejected(Reason.WRONG_SHAPE, "item.id must be a string of 1 to 128 characters - at `$.item.id`")
    return found


def _nested(value: bytes, most: int) -> bool:
    """Whether objects and lists in JSON are nested more than `most` deep."""
    if value.count(b"[") + value.count(b"{") <= most:
        return False
    steps = (1 if sign in b"[{" else -1 for sign in _STRING.sub(b"", value) if sign in b"[]{}")
    return max(accumulate(steps), default=0) > most


def _milliseconds(instant: datetime.datetime) -> int:
    # Whole numbers only: a float timestamp may round up across the end of a day.
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
