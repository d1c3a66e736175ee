"""The body of a request: bytes of JSON -> what a decoder makes of them, or QueryError."""

from typing import TypeVar

import msgspec

from udfs.errors import QueryError

T = TypeVar("T")
"""What the decoder makes."""

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What is raised for bytes that are no JSON, no UTF-8, or nested too deep."""


def decoded(decoder: msgspec.json.Decoder[T], body: bytes, example: str, field: str = "body") -> T:
    """The body, or the part of it that `field` names. Raises QueryError, which tells to send `example`."""
    try:
        return decoder.decode(body)
    except UNREADABLE as exc:
        raise QueryError(field, f"{exc}; send {example}") from exc
