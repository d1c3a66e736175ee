"""What a user is shown: lists of items, part of them popular, part of them found by a search close to the user's taste.

In: `Columns` and tastes. Out: lists of positions without repetition. A search filters by one dimension, picked in
proportion to its strength: items of a favourite category, or items close to a preferred point. Whoever cares for
nothing searches in the whole stock.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flink_job.local.traffic.columns import Columns, Floats, Indices
from flink_job.local.traffic.tastes import Taste

POPULAR_SHARE = 0.3
POPULARITY = 0.8
"""Items' popularity falls with their rank to the power of minus this."""
NEIGHBOURS = 250
"""A search around a point finds this many items on either side of it."""


class Searches(NamedTuple):
    """What a user may search for: cumulative shares of the searches, and the positions that each finds."""

    ends: list[float]
    finds: list[Indices]


class Pages(NamedTuple):
    """P lists of L items. `items` (P, L): positions. `repeated` (P, L): shown before on the page."""

    items: Indices
    repeated: NDArray[np.bool_]


class Listings:
    """Makes pages of `size` items for a popularity of items that the seed fixes."""

    def __init__(self, columns: Columns, seed: int, size: int) -> None:
        """`size`: items per page before repetitions are taken out."""
        items = len(columns.slots)
        self._columns = columns
        self._size = size
        self._popular = round(size * POPULAR_SHARE)
        self._ranking: Indices = np.random.default_rng([seed, 0, 1]).permutation(items)
        self._popularity = zipf(items, POPULARITY, 0)
        self._items = _by_slot(columns.slots)
        self._orders: list[Indices] = [np.argsort(column, kind="stable") for column in columns.scores.T]
        self._ascending = [columns.scores[order, place] for place, order in enumerate(self._orders)]

    def searches(self, taste: Taste) -> Searches:
        """The searches of a user with this taste: one per favourite category and per preferred point."""
        found = [*self._category_searches(taste), *self._point_searches(taste)] or [(1.0, self._ranking)]
        return Searches(cumulative(np.array([weight for weight, _ in found])).tolist(), [items for _, items in found])

    def pages(self, searches: list[Searches], rng: np.random.Generator) -> Pages:
        """One page for each of the searches that are given."""
        chances = rng.random((len(searches), self._size + 1))
        popular = self._ranking[np.searchsorted(self._popularity, chances[:, : self._popular])]
        picked = chances[:, -1].tolist()
        found = [
            search.finds[bisect_right(search.ends, chance)] for search, chance in zip(searches, picked, strict=True)
        ]
        places = chances[:, self._popular : -1] * np.array([[len(items)] for items in found])
        results = [items[place] for items, place in zip(found, places.astype(np.int64), strict=True)]
        items = np.concatenate([popular, np.array(results)], axis=1)
        return Pages(items, _repeated(items))

    def _category_searches(self, taste: Taste) -> Iterator[tuple[float, Indices]]:
        for slot in np.flatnonzero(taste.worth).tolist():
            yield float(taste.worth[slot]), self._items[slot]

    def _point_searches(self, taste: Taste) -> Iterator[tuple[float, Indices]]:
        for dimension, mode in np.argwhere(taste.peaks > 0).tolist():
            items = self._around(dimension, float(taste.points[dimension, mode]))
            yield float(taste.peaks[dimension, mode]), items

    def _around(self, dimension: int, point: float) -> Indices:
        ascending = self._ascending[dimension]
        first = int(np.searchsorted(ascending, point, "left")) - NEIGHBOURS
        last = int(np.searchsorted(ascending, point, "right")) + NEIGHBOURS
        # Missing values stand at the end, as infinities; no search finds them.
        known = int(np.searchsorted(ascending, np.inf, "left"))
        return self._orders[dimension][max(first, 0) : min(last, known)]


def zipf(count: int, exponent: float, offset: float) -> Floats:
    """Cumulative shares of ranks 1..count under weights (rank + offset) ** -exponent (Zipf-Mandelbrot)."""
    return cumulative((np.arange(1, count + 1) + offset) ** -exponent)


def cumulative(weights: Floats) -> Floats:
    """Cumulative shares of positive weights; the last one is exactly 1."""
    sums = np.cumsum(weights)
    found: Floats = sums / sums[-1]
    return found


def _by_slot(slots: Indices) -> dict[int, Indices]:
    """The positions of the items that have each category."""
    order = np.argsort(slots, axis=None, kind="stable")
    names, starts = np.unique(slots.ravel()[order], return_index=True)
    return dict(zip(names.tolist(), np.split(order // max(slots.shape[1], 1), starts[1:]), strict=True))


def _repeated(items: Indices) -> NDArray[np.bool_]:
    order = np.argsort(items, axis=1, kind="stable")
    ascending = np.take_along_axis(items, order, axis=1)
    repeated = np.zeros(items.shape, dtype=np.bool_)
    np.put_along_axis(repeated, order[:, 1:], ascending[:, 1:] == ascending[:, :-1], axis=1)
    return repeated
