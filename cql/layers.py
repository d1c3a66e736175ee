"""Generations laid over each other: whose row counts for a date and batch. Pure.

In: generations with their parents, and the rows of each. Out: the layers that a reader has to read, newest generation
first, and the rows that count. One rule: from the date on which a generation stands alone only its own rows count;
before it, its row for a (date, batch) replaces that of the generations below, and their other rows stay.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from cql.rows import BatchRow
from udfs.errors import StoreRefused

State: TypeAlias = Literal["open", "dropping", "dropped"]
"""`open`: written and read; `dropping`: its rows are being deleted; `dropped`: it has none, and its number is spent."""

_ONE_DAY = datetime.timedelta(days=1)


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One computation of the deltas; see `014_generations.cql`. `since_ms` is an append time, in ms since the epoch."""

    number: int
    parent: int | None = None
    alone_from: datetime.date | None = None
    since_ms: int | None = None
    state: State = "open"
    origin: str = ""
    made_at: datetime.datetime | None = None


class InForce(msgspec.Struct, frozen=True):
    """The generation that answers rest on, and the one before it, to which a rollback returns."""

    number: int
    previous: int
    switched_at: datetime.datetime


def number_in_force(seen: InForce | None, first: int) -> int:
    """The generation that answers rest on: before the first switch it is `first`, that of the settings."""
    return first if seen is None else seen.number


class Layer(NamedTuple):
    """A generation whose rows count on dates before `before`; on all dates where that is None."""

    generation: int
    before: datetime.date | None = None

    def last(self, last: datetime.date) -> datetime.date:
        """The last date up to `last` on which its rows count."""
        return last if self.before is None else min(last, self.before - _ONE_DAY)


Layers: TypeAlias = tuple[Layer, ...]
"""The map by which a request reads: newest generation first."""


def layers(number: int, known: Mapping[int, Generation]) -> Layers:
    """The layers of a generation; one that is not known stands alone. Raises StoreRefused for a circle of parents."""
    found: list[Layer] = []
    before, following = None, number
    while True:
        if following in {layer.generation for layer in found}:
            message = f"generation {following} is its own ancestor; mend its row in the table `generations`"
            raise StoreRefused(message)
        found.append(Layer(following, before))
        generation = known.get(following)
        if generation is None or generation.parent is None:
            return tuple(found)
        before = _earlier(before, generation.alone_from)
        following = generation.parent


def deciding(lineage: Iterable[Generation], append_ms: int) -> Iterator[int]:
    """Of a generation and those below it, newest first, those that decide on a record that the log took then.

    The first of them does that has met it; and where that one goes on from its parent's state, and so need not have
    met the record itself, also those by which the parent has decided.
    """
    for one in lineage:
        if one.since_ms is None:
            yield one.number
        elif append_ms >= one.since_ms:
            yield one.number
            return


def overlay(rows: Iterable[Iterable[BatchRow]]) -> list[BatchRow]:
    """The rows that count, newest date first, from the rows of each layer in the order of the layers."""
    counting: dict[tuple[datetime.date, int], BatchRow] = {}
    for layer in rows:
        for row in layer:
            counting.setdefault((row.date, row.batch), row)
    return sorted(counting.values(), key=lambda row: (-row.date.toordinal(), row.batch))


def _earlier(one: datetime.date | None, other: datetime.date | None) -> datetime.date | None:
    return other if one is None else one if other is None else min(one, other)
