"""The fold: the events of one batch become one statistic per dimension.

In: the payloads of a batch (see `udfs.events.event`) in any order, with repeats. Out: a `Delta`. A pure function of
the *set* of payloads:

1. equal payloads are one event; of payloads that share an event id but differ, the smallest bytes win (a conflict);
2. an item counts once, under the strongest type of its events; among those the latest, then the smallest bytes, give
its attributes;
3. what is left is counted per dimension and type.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.statistics.counts import Counts
from udfs.statistics.moments import Moment, Moments
from udfs.statistics.statistic import Numeric, Statistic

MAX_EVENTS = 5_000
"""The first so many records of a (user, batch), by offset, count; the rest is dead-lettered as capped."""

Payload = list[Any]
"""A decoded payload: str, int and None."""

T = TypeVar("T")
"""The entry of one type: a dictionary of counts or a list of values."""

_ID, _ITEM, _TYPE, _SECOND, _VALUES = 0, 1, 2, 3, 4

_decode = msgspec.json.Decoder(list[Payload]).decode
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
        self._places = range(len(catalogue.dimensions)) if places is None else places
        self._counters = [_Counter(catalogue.dimensions[place], len(catalogue.types)) for place in self._places]

    def fold(self, joined: str) -> Delta:
        """Fold payloads joined by commas, as the group of the batch holds them."""
        events, version = _distinct(_decode(f"[{joined}]"))
        items = _strongest(events)
        return Delta(version, len(events), len(items), tuple(self._statistics(items)))

    def _statistics(self, items: list[Payload]) -> Iterator[Statistic]:
        # A payload older than a dimension that was appended to the catalogue is shorter: its value is missing.
        columns = list(zip_longest(*items))
        codes = columns[_TYPE]
        missing = (None,) * len(items)
        for place, counter in zip(self._places, self._counters, strict=True):
            column = columns[_VALUES + place] if _VALUES + place < len(columns) else missing
            yield counter.count(codes, column)


def _distinct(payloads: list[Payload]) -> tuple[list[Payload], int]:
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


class _Counter:
    """Counts one dimension of the items of a batch."""

    def __init__(self, dimension: Dimension, types: int) -> None:
        self._types = range(types)
        self._edges = dimension.edges()
        self.count = self._categories if dimension.kind == "categorical" else self._numbers

    def _categories(self, codes: Sequence[int], column: Sequence[Any]) -> Statistic:
        by_type: list[dict[str, int]] = [{} for _ in self._types]
        for code, category in zip(codes, column, strict=True):
            if category is not None:
                counts = by_type[code]
                counts[category] = counts.get(category, 0) + 1
        return Counts(_trimmed(by_type))

    def _numbers(self, codes: Sequence[int], column: Sequence[Any]) -> Statistic:
        values: list[list[int]] = [[] for _ in self._types]
        for code, value in zip(codes, column, strict=True):
            if value is not None:
                values[code].append(value)
        present = _trimmed(values)
        return Numeric(Moments(tuple(map(_moment, present))), Counts(tuple(map(self._binned, present))))

    def _binned(self, values: list[int]) -> dict[int, int]:
        edges = self._edges
        bins: dict[int, int] = {}
        for value in values:
            index = bisect_right(edges, value)
            bins[index] = bins.get(index, 0) + 1
        return bins


def _moment(values: list[int]) -> Moment:
    return Moment(len(values), sum(values), sum([value * value for value in values]))


def _trimmed(by_type: list[T]) -> tuple[T, ...]:
    """Without the empty entries at the end, so that equal statistics are equal bytes."""
    while by_type and not by_type[-1]:
        by_type.pop()
    return tuple(by_type)
