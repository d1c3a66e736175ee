"""What was shown: the record that turns choices into a truth that can be computed."""

import datetime
from collections import defaultdict
from collections.abc import Callable
from typing import IO, TypeAlias

import msgspec


class Shown(msgspec.Struct, frozen=True):
    """A list as a user saw it: item ids in order, and those of them that were chosen, in order of choice."""

    user_id: str
    at: datetime.datetime
    items: list[str]
    chosen: list[str]


Watcher: TypeAlias = Callable[[Shown], None]
"""Is told of every list when its first choice is made."""


class Memory:
    """Keeps what was shown, by user id."""

    def __init__(self) -> None:
        """Nothing was shown yet."""
        self.lists: defaultdict[str, list[Shown]] = defaultdict(list)

    def __call__(self, shown: Shown) -> None:
        """Keep one list."""
        self.lists[shown.user_id].append(shown)


def writer(file: IO[bytes]) -> Watcher:
    """Writes each list to a file, as a line of JSON."""
    encode = msgspec.json.Encoder().encode

    def write(shown: Shown) -> None:
        file.write(encode(shown) + b"\n")

    return write
