"""A statistic: the sufficient statistic of one dimension, categorical or numeric, with the same verbs for both."""

from typing import TypeAlias

import msgspec

from udfs.catalogues.dimension import Dimension
from udfs.statistics.counts import Counts
from udfs.statistics.moments import Moments

Categorical: TypeAlias = Counts[str]


class Numeric(msgspec.Struct, frozen=True):
    """Moments of a numeric dimension and counts over its fixed bins."""

    moments: Moments = Moments()
    bins: Counts[int] = Counts()

    def merge(self, other: "Numeric") -> "Numeric":
        """The sum of both."""
        return Numeric(self.moments.merge(other.moments), self.bins.merge(other.bins))

    def scale(self, times: int) -> "Numeric":
        """This statistic `times` over; times >= 0."""
        return Numeric(self.moments.scale(times), self.bins.scale(times))

    @property
    def n(self) -> int:
        """All observations."""
        return self.moments.n


Statistic: TypeAlias = Categorical | Numeric


def empty(dimension: Dimension) -> Statistic:
    """The statistic of no event: the identity of `merge`."""
    return Counts() if dimension.kind == "categorical" else Numeric()
