"""A payload: the compact form of an event (see `udfs.events.event`), and where it has what.

In: payloads joined by commas, as the group of a batch holds them. Out: each by itself, as bytes or as values.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

Payload: TypeAlias = list[Any]
"""A decoded payload: str, int and None."""

ID, ITEM, TYPE, SECOND, VALUES = range(5)
"""Places in a payload; from `VALUES` on, the value of each dimension in catalogue order."""

decode = msgspec.json.Decoder(Payload).decode
"""The values of one payload, given as text or bytes."""

_apart = msgspec.json.Decoder(list[msgspec.Raw]).decode


def apart(joined: str) -> Iterator[bytes]:
    """The payloads of a text in which commas join them."""
    return map(bytes, _apart(f"[{joined}]"))
