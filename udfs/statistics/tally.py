"""A tally: what the items under one type of event come to in every dimension, while they grow.

In: payloads (see `udfs.events.event`) to be added or, where a stronger event of the same item has come, taken away
again. Out: per dimension the counts of its values, for a number those of its bins, and its moment. All of it is exact,
so an item that was taken away leaves no trace, and equal sets of items come to the same whatever the way.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

from udfs.catalogues.dimension import Dimension
from udfs.events.payload import VALUES, Payload
from udfs.statistics.counts import Counts
from udfs.statistics.moments import Moment, Moments
from udfs.statistics.statistic import Categorical, Numeric, Statistic


class Columns:
    """Where a payload has the values of the dimensions that are counted."""

    def __init__(self, dimensions: Sequence[Dimension], places: Sequence[int]) -> None:
        """`dimensions` of the catalogue, and which of them to count."""
        counted = [(VALUES + place, dimensions[place]) for place in places]
        self.categories = [place for place, one in counted if one.kind == "categorical"]
        self.numbers = [(place, one.edges()) for place, one in counted if one.kind != "categorical"]
        self.end = VALUES + max(places, default=-1) + 1
        categories, numbers = count(), count()
        self._order = [
            (_categorical, next(categories)) if one.kind == "categorical" else (_numeric, next(numbers))
            for _, one in counted
        ]

    def statistics(self, tallies: Sequence["Tally"]) -> tuple[Statistic, ...]:
        """What tallies, by type code, come to; it does not change when they grow."""
        return tuple([statistic(tallies, index) for statistic, index in self._order])


class Number(NamedTuple):
    """A numeric dimension of a tally; `moment` is n, sum and sum of squares."""

    place: int
    edges: tuple[int, ...]
    bins: dict[int, int]
    moment: list[int]


class Tally:
    """Counts items. One loop for all dimensions, as a call for each would take most of the time."""

    __slots__ = ("_end", "categories", "numbers")

    def __init__(self, columns: Columns) -> None:
        """A tally of nothing."""
        self._end = columns.end
        self.categories: list[tuple[int, dict[str, int]]] = [(place, {}) for place in columns.categories]
        self.numbers = [Number(place, edges, {}, [0, 0, 0]) for place, edges in columns.numbers]

    def add(self, item: Payload) -> None:
        """Count an item."""
        values = self._whole(item)
        for place, counts in self.categories:
            value = values[place]
            if value is not None:
                counts[value] = counts.get(value, 0) + 1
        for place, edges, bins, moment in self.numbers:
            value = values[place]
            if value is not None:
                number = bisect_right(edges, value)
                bins[number] = bins.get(number, 0) + 1
                moment[0] += 1
                moment[1] += value
                moment[2] += value * value

    def remove(self, item: Payload) -> None:
        """Take back an item that was added."""
        values = self._whole(item)
        for place, counts in self.categories:
            if values[place] is not None:
                _decrease(counts, values[place])
        for place, edges, bins, moment in self.numbers:
            value = values[place]
            if value is not None:
                _decrease(bins, bisect_right(edges, value))
                moment[:] = moment[0] - 1, moment[1] - value, moment[2] - value * value

    def _whole(self, item: Payload) -> Payload:
        # A payload older than a dimension that was appended to the catalogue is shorter: its value is missing.
        return item if len(item) >= self._end else item + [None] * (self._end - len(item))


def _categorical(tallies: Sequence[Tally], index: int) -> Categorical:
    return Counts(_copied([tally.categories[index][1] for tally in tallies]))


def _numeric(tallies: Sequence[Tally], index: int) -> Numeric:
    numbers = [tally.numbers[index] for tally in tallies]
    bins = _copied([number.bins for number in numbers])
    return Numeric(Moments(tuple([Moment(*number.moment) for number in numbers[: len(bins)]])), Counts(bins))


def _copied(by_type: list[dict[Any, int]]) -> tuple[dict[Any, int], ...]:
    """Without the empty entries at the end, so that equal statistics are equal bytes."""
    while by_type and not by_type[-1]:
        by_type.pop()
    return tuple([counts.copy() for counts in by_type])


def _decrease(counts: dict[Any, int], key: object) -> None:
    if counts[key] == 1:
        del counts[key]
    else:
        counts[key] -= 1
