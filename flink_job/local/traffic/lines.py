"""Messages from JSON lines: the line's bytes as they are, keyed by its user_id."""

from collections.abc import Iterable, Iterator

import msgspec

from flink_job.local.traffic.message import Message


class _Owner(msgspec.Struct):
    user_id: str


_owner = msgspec.json.Decoder(_Owner)


def messages(lines: Iterable[bytes]) -> Iterator[Message]:
    """A message per line that is not empty; without key where it is no JSON object with a string `user_id`."""
    for line in lines:
        value = line.rstrip(b"\r\n")
        if value:
            yield Message(_key(value), value)


def _key(value: bytes) -> bytes | None:
    try:
        return _owner.decode(value).user_id.encode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
