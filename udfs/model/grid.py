"""The grid: the bins of several numeric dimensions laid end to end, so that one array call serves them all.

In: D numeric dimensions. Out: arrays over all their B bins, on the axis after each dimension's transform.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from udfs.catalogues.dimension import Dimension

Floats: TypeAlias = npt.NDArray[np.float64]
Indices: TypeAlias = npt.NDArray[np.int64]

SMALLEST = 1e-300
"""Masses and probabilities below leave the range in which floats have all their digits."""

N = TypeVar("N", np.float64, np.int64)
"""What is summed: masses or counts."""


class Grid(NamedTuple):
    """`starts` (D): place of a dimension's first bin. `owner` (B): whose bin it is. `lows`, `highs` (B): its ends.

    `first`, `last` (B): whether values below, or above, the ends fall into it as well. `widths` (D): width of a
    dimension's bins.
    """

    starts: Indices
    owner: Indices
    lows: Floats
    highs: Floats
    first: npt.NDArray[np.bool_]
    last: npt.NDArray[np.bool_]
    widths: Floats

    @property
    def middles(self) -> Floats:
        """The middle of each bin."""
        found: Floats = 0.5 * (self.lows + self.highs)
        return found

    def sums(self, by_bin: npt.NDArray[N]) -> npt.NDArray[N]:
        """Sums over the bins of each dimension: (..., B) -> (..., D)."""
        if not len(self.starts):
            return by_bin
        found: npt.NDArray[N] = np.add.reduceat(by_bin, self.starts, axis=-1)
        return found

    def running(self, by_bin: Floats) -> Floats:
        """Sums over the bins of the same dimension up to and with each: (B) -> (B)."""
        running = np.cumsum(by_bin)
        before: Floats = running[self.starts] - by_bin[self.starts]
        found: Floats = running - before[self.owner]
        return found


def grid(dimensions: Sequence[Dimension]) -> Grid:
    """The bins of numeric dimensions, in their order."""
    ends = [_ends(dimension) for dimension in dimensions]
    counts = np.array([len(own) - 1 for own in ends], dtype=np.int64)
    starts = np.cumsum(counts, dtype=np.int64) - counts
    owner = np.repeat(np.arange(len(ends)), counts)
    lows = np.concatenate([np.zeros(0), *(own[:-1] for own in ends)])
    highs = np.concatenate([np.zeros(0), *(own[1:] for own in ends)])
    first = np.zeros(len(owner), dtype=np.bool_)
    last = np.zeros(len(owner), dtype=np.bool_)
    first[starts] = last[starts + counts - 1] = True
    widths = np.array([(own[-1] - own[0]) / (len(own) - 1) for own in ends], dtype=np.float64)
    return Grid(starts, owner, lows, highs, first, last, widths)


def _ends(dimension: Dimension) -> Floats:
    assert dimension.bins is not None
    low, high = dimension.transformed(dimension.bins.low), dimension.transformed(dimension.bins.high)
    return np.linspace(low, high, dimension.bins.count + 1)
