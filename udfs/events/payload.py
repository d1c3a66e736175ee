"""A payload: the compact form of an event (see `udfs.events.event`), and where it has what.

In: payloads joined by commas, as the group of a batch holds them (UTF-8). Out: each by itself, as bytes or as values.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

Payload: TypeAlias = list[Any]
"""A decoded payload: str, int and None."""

ID, ITEM, TYPE, SECOND, VALUES = range(5)
"""Places in a payload; from `VALUES` on, the value of each dimension in catalogue order."""

decode = msgspec.json.Decoder(Payload).decode
"""The values of one payload, given as text or bytes."""

_apart = msgspec.json.Decoder(list[msgspec.Raw]).decode


def together(payloads: Iterable[str]) -> bytes:
    """These payloads as the group of a batch holds them."""
    return ",".join(payloads).encode()


def apart(joined: bytes) -> Iterator[bytes]:
    """The payloads of a text in which commas join them."""
    return map(bytes, _apart(b"[%b]" % joined))
