"""The offer: every item that is known, as rows of slots and numbers."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from flink_job.evaluate.log import Values
from flink_job.evaluate.space import UNKNOWN, Floats, Indices, Space
from udfs.catalogues.dimension import Dimension


class Offer(NamedTuple):
    """I items. `rows`: the row of each by id. `slots` (I, D).

    `numbers` (I, M): of numeric dimensions, NaN where they are unknown.
    """

    rows: dict[str, int]
    slots: Indices
    numbers: Floats

    def incidence(self, size: int) -> csr_array:
        """(items, slots): 1 where an item has the value."""
        item, dimension = np.nonzero(self.slots != UNKNOWN)
        return csr_array((np.ones(len(item)), (item, self.slots[item, dimension])), (len(self.slots), size))


def offer(items: Mapping[str, Values], space: Space) -> Offer:
    """Lay items out over the space."""
    rows = {name: row for row, name in enumerate(items)}
    slots = np.array([space.slots(values) for values in items.values()], dtype=np.int64)
    numbers = [[_number(one, values) for one in space.numeric] for values in items.values()]
    return Offer(
        rows,
        slots.reshape(len(rows), len(space.names)),
        np.array(numbers, dtype=np.float64).reshape(len(rows), len(space.numeric)),
    )


def _number(dimension: Dimension, values: Values) -> float:
    value = values.get(dimension.name)
    return value / dimension.scale if isinstance(value, int) else float("nan")
