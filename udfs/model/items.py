"""Items to be scored, laid out over the table of lifts (`udfs.model.lifts`), which is done once for many users.

In: items by column, and what is believed before any evidence. Out: for each item and dimension a place in the table.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from udfs.catalogues.dimension import Value
from udfs.model.grid import Floats, Indices
from udfs.model.posterior import Start

Item: TypeAlias = Mapping[str, Value]
"""Values by dimension, as `Dimension.value` makes them; None or absent is unknown."""

_UNKNOWN = -1
"""The place of a value that an item does not have: the last entry of the table, which says nothing."""


class Items(NamedTuple):
    """`ids`, and by dimension a value of each item: by column, as one list is cheaper than a mapping per item."""

    ids: Sequence[str]
    columns: Mapping[str, Sequence[Value]]

    @classmethod
    def of(cls, items: Iterable[tuple[str, Item]], dimensions: Iterable[str]) -> "Items":
        """Items with their ids, by column."""
        pairs = list(items)
        return cls([name for name, _ in pairs], {one: [item.get(one) for _, item in pairs] for one in dimensions})


class Places(NamedTuple):
    """Where items stand in a table of lifts.

    `categories`: those of each categorical dimension that any item has. `places` (I, D): the entry of each item's
    value, dimensions in the order of the question. `known` (I, D): which values the items have.
    """

    ids: Sequence[str]
    categories: list[list[str]]
    places: Indices
    known: npt.NDArray[np.bool_]

    def of(self, table: Floats) -> Floats:
        """What the table says of each item's values: (I, D); 0 where a value is unknown."""
        found: Floats = np.append(table, 0.0)[self.places]
        return found


def places(start: Start, items: Items) -> Places:
    """Lay items out; they have a column of each dimension of `start`."""
    found, columns, first = [], dict[str, list[int]](), 0
    for dimension, _ in start.categorical:
        known: dict[Value, int] = {None: _UNKNOWN}
        # The value None is there from the beginning, so that places count from one less.
        columns[dimension.name] = [
            known.setdefault(value, first + len(known) - 1) for value in items.columns[dimension.name]
        ]
        found.append([str(category) for category in known if category is not None])
        first += len(known) - 1
    for dimension, edges, place in zip(start.numeric, start.edges, start.numbers.grid.starts.tolist(), strict=True):
        columns[dimension.name] = [_bin(edges, value, first + place) for value in items.columns[dimension.name]]
    table = np.array([columns[name] for name in start.names], dtype=np.int64).T
    return Places(items.ids, found, table, table != _UNKNOWN)


def _bin(edges: tuple[int, ...], value: Value, first: int) -> int:
    return first + bisect_right(edges, value) if isinstance(value, int) else _UNKNOWN
