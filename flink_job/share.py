"""A share of all users, always of the same ones: what is compared where all of them would not fit into memory.

In: keys of records and ids of users. Out: whether they hash low enough. Reading costs what it costs for all; what is
kept is the share's alone.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from udfs.events.event import MAX_USER_BYTES
from udfs.events.record import Record

_HASHES = 2**32


class Share(NamedTuple):
    """`part` of all users, from 0 to 1; records without a key are somebody's too."""

    part: float = 1.0

    def holds(self, key: bytes | None) -> bool:
        """Whether the user with this key belongs to it."""
        # No user has a longer one, and of that a dead letter may carry but the beginning.
        return zlib.crc32((key or b"")[:MAX_USER_BYTES]) < self.part * _HASHES

    def holds_user(self, user_id: str) -> bool:
        """Whether the user with this id belongs to it."""
        return self.holds(user_id.encode())

    def records(self, records: Iterable[Record]) -> Iterator[Record]:
        """Those whose users are in the share."""
        return (record for record in records if self.holds(record.key))


EVERYBODY = Share()
