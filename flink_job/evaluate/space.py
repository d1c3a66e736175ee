"""The space of values: every category and every bin of every dimension has one slot, side by side.

In: histories and items. Out: a `Space`, in the order of the model's tables: categorical dimensions, then numeric ones.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension, Value
from udfs.statistics.counts import Counts
from udfs.statistics.statistic import Numeric, Statistic

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

UNKNOWN = -1
"""The slot of a value that an item does not have."""


class Space(NamedTuple):
    """D dimensions with S slots. `starts` (D): the first slot of each.

    `labels`, `places`: the categories of each categorical dimension in order, and their slots. `edges`: the scaled
    inner edges of each numeric dimension's bins.
    """

    categorical: tuple[Dimension, ...]
    numeric: tuple[Dimension, ...]
    edges: tuple[tuple[int, ...], ...]
    labels: tuple[tuple[str, ...], ...]
    places: tuple[dict[str, int], ...]
    starts: Indices
    size: int

    @property
    def names(self) -> tuple[str, ...]:
        """The dimensions, in the order of their slots."""
        return tuple(one.name for one in (*self.categorical, *self.numeric))

    @property
    def owner(self) -> Indices:
        """Which dimension each slot belongs to: (S)."""
        return np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, self.size)))

    @property
    def _first_bins(self) -> list[int]:
        found: list[int] = self.starts[len(self.categorical) :].tolist()
        return found

    def sums(self, by_slot: Floats) -> Floats:
        """Sums over the slots of each dimension: (..., S) -> (..., D)."""
        found: Floats = np.add.reduceat(by_slot, self.starts, axis=-1)
        return found

    def slots(self, values: Mapping[str, Value]) -> list[int]:
        """The slot of each value of an item: (D); UNKNOWN where it has none."""
        found = [
            own.get(str(values.get(one.name)), UNKNOWN) for one, own in zip(self.categorical, self.places, strict=True)
        ]
        for one, edges, start in zip(self.numeric, self.edges, self._first_bins, strict=True):
            value = values.get(one.name)
            found.append(start + bisect_right(edges, value) if isinstance(value, int) else UNKNOWN)
        return found

    def entries(self, statistics: Mapping[str, Statistic]) -> Iterable[tuple[int, int]]:
        """(slot, count) of all that statistics hold."""
        for one, own in zip(self.categorical, self.places, strict=True):
            for counts in _counts(statistics[one.name]):
                yield from ((own[category], count) for category, count in counts.items())
        for one, start in zip(self.numeric, self._first_bins, strict=True):
            statistic = statistics[one.name]
            assert isinstance(statistic, Numeric)
            for bins in statistic.bins.by_type:
                yield from ((start + index, count) for index, count in bins.items())


def space(catalogue: Catalogue, seen: Iterable[Mapping[str, Statistic]], items: Iterable[Mapping[str, Value]]) -> Space:
    """The space of all values that occur."""
    dimensions = list(catalogue.by_name.values())
    categorical = tuple(one for one in dimensions if one.kind == "categorical")
    numeric = tuple(one for one in dimensions if one.kind == "numeric")
    occurring: list[set[str]] = [set() for _ in categorical]
    for statistics in seen:
        for one, own in zip(categorical, occurring, strict=True):
            own.update(*_counts(statistics[one.name]))
    for values in items:
        for one, own in zip(categorical, occurring, strict=True):
            own.update({str(value)} if (value := values.get(one.name)) is not None else ())
    # A dimension that no item has keeps one slot, for sums over slots need one.
    labels = tuple(tuple(sorted(own or {""})) for own in occurring)
    edges = tuple(one.edges() for one in numeric)
    sizes = [*map(len, labels), *(len(own) + 1 for own in edges)]
    ends = np.cumsum(sizes, dtype=np.int64)
    starts = ends - sizes
    places = tuple(
        {label: start + index for index, label in enumerate(own)}
        for own, start in zip(labels, starts.tolist(), strict=False)
    )
    return Space(categorical, numeric, edges, labels, places, starts, int(ends[-1]))


def _counts(statistic: Statistic) -> tuple[dict[str, int], ...]:
    assert isinstance(statistic, Counts)
    return statistic.by_type
