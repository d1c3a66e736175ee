"""The log that an evaluation rests on: events, what was shown, the items, and the world that knows the truth."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from flink_job.local.traffic.items import Items
from flink_job.local.traffic.message import Message
from flink_job.local.traffic.shown import Shown
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Value
from udfs.events.event import Instant
from udfs.events.record import Record

Values = Mapping[str, Value]
"""An item's values by dimension, as the decoder counts them."""


class World(NamedTuple):
    """Where the users' hidden tastes come from."""

    items: Items
    seed: int


class Log(msgspec.Struct, frozen=True):
    """`shown` is empty and `world` None where nothing is known of them. `items`: values by item id."""

    catalogue: Catalogue
    records: list[Record]
    shown: list[Shown]
    items: dict[str, Values]
    world: World | None = None


class _Occurred(msgspec.Struct):
    occurred_at: Instant


_occurred = msgspec.json.Decoder(_Occurred).decode


def records(messages: Iterable[Message]) -> Iterator[Record]:
    """The records of messages that reach the log the moment they occur."""
    for offset, message in enumerate(messages):
        yield Record(_appended_ms(message.value), 0, offset, message.key, message.value)


def _appended_ms(value: bytes | None) -> int:
    try:
        return round(_occurred(value or b"").occurred_at.timestamp() * 1000)
    except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError):
        # No event at all; the decoder says why.
        return 0
