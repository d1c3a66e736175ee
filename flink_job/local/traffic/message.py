"""A message for Kafka, and how one event becomes its bytes."""

import datetime
from typing import NamedTuple

import msgspec


class Message(NamedTuple):
    """Key and value of a record to be produced; None where a producer gave none. `origin`: only a replay gives one."""

    key: bytes | None
    value: bytes | None
    origin: bytes | None = None


class Rendered(msgspec.Struct, frozen=True):
    """An event in the order in which producers write it; `item` is JSON that was made before."""

    event_id: str
    user_id: str
    type: str
    occurred_at: datetime.datetime
    item: msgspec.Raw


_encode = msgspec.json.Encoder().encode


def message(event: Rendered) -> Message:
    """The message of an event: its key is the user's id."""
    return Message(event.user_id.encode(), _encode(event))


def instant(seconds: float) -> datetime.datetime:
    """A time in s since the epoch, in whole ms, with its zone (UTC)."""
    return datetime.datetime.fromtimestamp(round(seconds, 3), datetime.UTC)
