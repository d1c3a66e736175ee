"""A record: one entry of the log as Kafka keeps it, before anyone has looked inside.

The same envelope (append time, partition, offset, key, bytes) is the format of the job's input, of dead letters and
of archives.
"""

from typing import NamedTuple

import msgspec

from udfs.errors import EventRejected, Reason

ORIGIN_HEADER = "penchant-origin"
"""The header of a replayed dead letter, `partition:offset:append_ms:generation`: where its record stood first."""

MAX_ORIGIN_BYTES = 128
"""No header that is longer can be an origin."""


class Record(msgspec.Struct, frozen=True, array_like=True):
    """`key` and `value` are the producer's bytes.

    `append_ms` is the broker's clock (LogAppendTime) in ms since the epoch, or -1 if the topic keeps another time.
    `origin` is the header of a replayed dead letter, as it came.
    """

    append_ms: int
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    origin: bytes | None = None


class Origin(NamedTuple):
    """Where a replayed record stood first, and when the log took it there.

    `generation` is the one that has refused the record: another one meets the record itself, and may count it. 0: the
    replay counts in every generation, because none counts the record itself.
    """

    partition: int
    offset: int
    append_ms: int
    generation: int = 0

    def header(self) -> bytes:
        """The value of the header."""
        return f"{self.partition}:{self.offset}:{self.append_ms}:{self.generation}".encode()


def origin(header: bytes | None) -> Origin | None:
    """The origin that a header names; None without header. Raises EventRejected."""
    if header is None:
        return None
    parts = header.split(b":")
    # Replays from before generations were told apart have three parts.
    if len(parts) not in (3, 4) or not all(part.isdigit() and len(part) < 19 for part in parts):
        form = "partition:offset:append_ms:generation"
        detail = f"header {ORIGIN_HEADER}={header[:60]!r} must be {form}; only a replay sets it"
        raise EventRejected(Reason.WRONG_SHAPE, detail)
    return Origin(*map(int, parts))
