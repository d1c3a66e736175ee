"""Scores: how well items suit a user, compared with the baseline.

In: posteriors and items with their values. Out: per item the log lift in nats, ln(posterior predictive / baseline), as
a sum of one part per dimension, best first. A part is the dimension's coefficient times its log lift: dimensions that
imply each other (model and make) would otherwise count twice. Numbers are compared by the bins that hold them. Without
evidence every lift is exactly 0.

Everything that a dimension can say stands once in a table of values; an item is a row of places in it.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from udfs.catalogues.dimension import Value
from udfs.model.grid import Floats, Indices
from udfs.model.lifts import Lifts
from udfs.model.posterior import Posteriors

_UNKNOWN = -1
"""The place of a value that an item does not have: the last entry of the table, which says nothing."""


class Item(NamedTuple):
    """An item to be scored: `values` by dimension, as `Dimension.value` makes them; None or absent is unknown."""

    id: str
    values: Mapping[str, Value]


class Score(msgspec.Struct, frozen=True):
    """One item: `lift` is the sum of `parts` in order, `coverage` the fraction of the dimensions that it knows.

    `deviation` is the posterior standard deviation of the lift: large where little is known of the user.
    """

    id: str
    lift: float
    deviation: float
    coverage: float
    parts: dict[str, float]


class Places(NamedTuple):
    """Where items stand in a table of lifts.

    `categories`: those of each categorical dimension that any item has. `places` (I, D): the entry of each item's
    value, dimensions in the order of the question.
    """

    categories: list[list[str]]
    places: Indices

    @property
    def known(self) -> "np.typing.NDArray[np.bool_]":
        """Which values the items have: (I, D)."""
        found: np.typing.NDArray[np.bool_] = self.places != _UNKNOWN
        return found

    def of(self, table: Floats) -> Floats:
        """What the table says of each item's values: (I, D); 0 where a value is unknown."""
        found: Floats = np.append(table, 0.0)[self.places]
        return found


def scores(posteriors: Posteriors, items: Sequence[Item], rng: np.random.Generator | None = None) -> list[Score]:
    """The items, best first; equal lifts stay in the order in which they came.

    With `rng` the lift is that of one draw from the posterior (Thompson sampling) and not of its mean, so that items
    of which little is known have their chance.
    """
    where, coefficients = places(posteriors, items), posteriors.start.coefficients
    table = Lifts(posteriors, where.categories)
    parts = coefficients * where.of(table.mean if rng is None else table.drawn(rng))
    # One dimension after the other, as a caller would add the parts: so the sum is theirs to the bit.
    lifts: Floats = sum(parts.T, np.zeros(len(items)))
    unsure = np.sqrt((coefficients**2 * where.of(table.variances)).sum(axis=1))
    columns = (lifts, unsure, where.known.mean(axis=1), parts, where.known)
    rows = list(zip(items, *(column.tolist() for column in columns), strict=True))
    return [_score(list(posteriors.n_eff), *rows[place]) for place in np.argsort(-lifts, kind="stable").tolist()]


def places(posteriors: Posteriors, items: Sequence[Item]) -> Places:
    """Lay items out over the table of lifts."""
    start, found, columns = posteriors.start, [], dict[str, list[int]]()
    first = 0
    for dimension, _ in start.categorical:
        known: dict[Value, int] = {}
        values = [item.values.get(dimension.name) for item in items]
        columns[dimension.name] = [_UNKNOWN if v is None else known.setdefault(v, first + len(known)) for v in values]
        found.append([str(category) for category in known])
        first += len(known)
    for dimension, edges, place in zip(start.numeric, start.edges, start.numbers.grid.starts.tolist(), strict=True):
        values = [item.values.get(dimension.name) for item in items]
        columns[dimension.name] = [_bin(edges, value, first + place) for value in values]
    return Places(found, np.array([columns[name] for name in posteriors.n_eff], dtype=np.int64).T)


def _bin(edges: tuple[int, ...], value: Value, first: int) -> int:
    return first + bisect_right(edges, value) if isinstance(value, int) else _UNKNOWN


def _score(
    names: list[str], item: Item, lift: float, deviation: float, coverage: float, parts: list[float], known: list[bool]
) -> Score:
    own = {name: part for name, part, here in zip(names, parts, known, strict=True) if here}
    return Score(item.id, lift, deviation, coverage, own)
