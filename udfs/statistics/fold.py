"""The fold: the events of one batch become one statistic per dimension.

In: the payloads of a batch (see `udfs.events.event`) in any order, with repeats. Out: a `Delta`. A pure function of
the *set* of payloads:

1. equal payloads are one event; of payloads that share an event id but differ, the smallest bytes win (a conflict);
2. an item counts once, under the strongest type of its events; among those the latest, then the smallest bytes, give
its attributes;
3. what is left is counted per dimension and type.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import zip_longest
from operator import mul
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.statistics.counts import Counts
from udfs.statistics.moments import Moment, Moments
from udfs.statistics.payloads import Payload, decode
from udfs.statistics.statistic import Numeric, Statistic

MAX_EVENTS = 5_000
"""The first so many records of a (user, batch), by offset, count; the rest is dead-lettered as capped."""

Table: TypeAlias = list[Sequence[Any]]
"""Columns: of the payloads of one type, or of one dimension by type."""

T = TypeVar("T")
"""The entry of one type: a dictionary of counts or a list of values."""

_ID, _ITEM, _TYPE, _SECOND, _VALUES = 0, 1, 2, 3, 4

_encode = msgspec.json.Encoder().encode


class Delta(NamedTuple):
    """What one batch of a user holds.

    `version` is the number of distinct payloads: it grows with every event of the batch and orders the writes of a
    row. `events` is the number of distinct event ids, `items` of items counted. `statistics` are in catalogue order.
    """

    version: int
    events: int
    items: int
    statistics: tuple[Statistic, ...]

    @property
    def conflicts(self) -> int:
        """Payloads dropped because another one had the same event id."""
        return self.version - self.events


class Fold:
    """Folds batches by one catalogue. `places` may name a single dimension, for a job that is keyed by dimension."""

    def __init__(self, catalogue: Catalogue, places: Sequence[int] | None = None) -> None:
        """`places`: which of the catalogue's dimensions to count; all of them by default."""
        chosen = range(len(catalogue.dimensions)) if places is None else places
        self._counters = [(_VALUES + place, _counter(catalogue.dimensions[place])) for place in chosen]

    def fold(self, joined: str) -> Delta:
        """Fold payloads joined by commas, as the group of the batch holds them."""
        return self.fold_payloads(decode(f"[{joined}]"))

    def fold_payloads(self, payloads: Sequence[Payload]) -> Delta:
        """Fold payloads that are decoded already."""
        events, version = _distinct(payloads)
        items = _strongest(events)
        tables = _tables(items)
        # A payload older than a dimension that was appended to the catalogue is shorter: its value is missing.
        statistics = [
            count([table[place] if place < len(table) else () for table in tables]) for place, count in self._counters
        ]
        return Delta(version, len(events), len(items), tuple(statistics))


def _distinct(payloads: Sequence[Payload]) -> tuple[list[Payload], int]:
    """One payload per event id, and the number of distinct payloads."""
    by_id: dict[object, Payload] = {}
    rivals: dict[object, set[bytes]] = {}
    for payload in payloads:
        first = by_id.setdefault(payload[_ID], payload)
        if first != payload:
            rivals.setdefault(payload[_ID], {_encode(first)}).add(_encode(payload))
    for event_id, contents in rivals.items():
        by_id[event_id] = msgspec.json.decode(min(contents), type=Payload)
    return list(by_id.values()), len(by_id) + sum(len(contents) - 1 for contents in rivals.values())


def _strongest(events: list[Payload]) -> list[Payload]:
    """One event per item: the strongest type, then the latest, then the smallest bytes."""
    by_item: dict[object, Payload] = {}
    for event in events:
        held = by_item.setdefault(event[_ITEM], event)
        if held is not event and _beats(event, held):
            by_item[event[_ITEM]] = event
    return list(by_item.values())


def _beats(event: Payload, held: Payload) -> bool:
    rank, held_rank = (event[_TYPE], event[_SECOND]), (held[_TYPE], held[_SECOND])
    if rank == held_rank:
        return _encode(event) < _encode(held)
    return rank > held_rank


def _tables(items: list[Payload]) -> list[Table]:
    """The columns of the items of each type, from the weakest type to the strongest that is there."""
    by_type: list[list[Payload]] = [[] for _ in range(max([item[_TYPE] for item in items], default=-1) + 1)]
    for item in items:
        by_type[item[_TYPE]].append(item)
    return [list(zip_longest(*of_type)) for of_type in by_type]


def _counter(dimension: Dimension) -> Callable[[Table], Statistic]:
    """Counts one dimension, given its column of each type."""
    if dimension.kind == "categorical":
        return _categories
    return partial(_numbers, dimension.edges())


def _categories(columns: Table) -> Statistic:
    return Counts(_trimmed([_counted(column) for column in columns]))


def _numbers(edges: tuple[int, ...], columns: Table) -> Statistic:
    present = _trimmed([[value for value in column if value is not None] for column in columns])
    bins = tuple([_binned(edges, values) for values in present])
    return Numeric(Moments(tuple(map(_moment, present))), Counts(bins))


def _counted(column: Sequence[Any]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for value in column:
        if value is not None:
            counts[value] = counts.get(value, 0) + 1
    return counts


def _binned(edges: tuple[int, ...], values: list[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in values:
        place = bisect_right(edges, value)
        counts[place] = counts.get(place, 0) + 1
    return counts


def _moment(values: list[int]) -> Moment:
    return Moment(len(values), sum(values), sum(map(mul, values, values)))


def _trimmed(by_type: list[T]) -> tuple[T, ...]:
    """Without the empty entries at the end, so that equal statistics are equal bytes."""
    while by_type and not by_type[-1]:
        by_type.pop()
    return tuple(by_type)
