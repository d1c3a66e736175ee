"""Evidence: what weighted observations say about one dimension, and how many unweighted ones they are worth.

In: exact sums (`udfs.model.cells`) with the weight of their dates, and a weight per type of event; a single observation
weighs date x type. Out: weighted counts, or weighted mean and squared deviation, with the sum S and the sum of squares
Q of the weights. Weights are not observations: a posterior takes the evidence scaled to Kish's effective size S^2 / Q
(Kish, Survey Sampling, 1965), so that equal weights, whatever they are, leave it at the number of observations.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from udfs.model.cells import CategoricalSums, NumericSums

K = TypeVar("K", str, int)
"""A category or a bin."""


class Mass(NamedTuple):
    """The sum of the weights of single observations, and the sum of their squares."""

    total: float = 0.0
    squares: float = 0.0

    def merge(self, other: "Mass") -> "Mass":
        """The mass of both."""
        return Mass(self.total + other.total, self.squares + other.squares)

    def scale(self, times: float) -> "Mass":
        """The mass with each weight multiplied; times >= 0."""
        return Mass(self.total * times, self.squares * times * times)

    @property
    def n_eff(self) -> float:
        """The number of equally weighted observations that say as much."""
        return self.total * self.per_weight

    @property
    def per_weight(self) -> float:
        """Effective observations per unit of weight: what turns weighted sums into effective ones."""
        return self.total / self.squares if self.squares else 0.0


class CategoricalEvidence(msgspec.Struct, frozen=True):
    """Weighted counts per category. The empty evidence is the identity of `merge`."""

    mass: Mass = Mass()
    counts: dict[str, float] = {}

    def merge(self, other: "CategoricalEvidence") -> "CategoricalEvidence":
        """The evidence of both."""
        return CategoricalEvidence(self.mass.merge(other.mass), _sum(self.counts, other.counts))

    def scale(self, times: float) -> "CategoricalEvidence":
        """The evidence with each weight multiplied; times >= 0."""
        if not times:
            return CategoricalEvidence()
        return CategoricalEvidence(self.mass.scale(times), {key: count * times for key, count in self.counts.items()})

    @property
    def effective(self) -> dict[str, float]:
        """Counts that sum to the effective size."""
        per_weight = self.mass.per_weight
        return {category: count * per_weight for category, count in self.counts.items()}


class NumericEvidence(msgspec.Struct, frozen=True):
    """Weighted mean, sum of squared deviations and bins, on the axis after the dimension's transform."""

    mass: Mass = Mass()
    mean: float = 0.0
    m2: float = 0.0
    bins: dict[int, float] = {}

    def merge(self, other: "NumericEvidence") -> "NumericEvidence":
        """The evidence of both, by the stable update of Chan, Golub and LeVeque (1979)."""
        mass = self.mass.merge(other.mass)
        if not mass.total:
            return self
        part = other.mass.total / mass.total
        apart = other.mean - self.mean
        m2 = self.m2 + other.m2 + apart * apart * self.mass.total * part
        return NumericEvidence(mass, self.mean + apart * part, m2, _sum(self.bins, other.bins))

    def scale(self, times: float) -> "NumericEvidence":
        """The evidence with each weight multiplied; times >= 0."""
        if not times:
            return NumericEvidence()
        bins = {index: count * times for index, count in self.bins.items()}
        return NumericEvidence(self.mass.scale(times), self.mean, self.m2 * times, bins)

    @property
    def effective_m2(self) -> float:
        """The squared deviations of effectively many observations."""
        return self.m2 * self.mass.per_weight


def categorical(groups: Iterable[tuple[float, CategoricalSums]], weights: Sequence[float]) -> CategoricalEvidence:
    """The evidence of sums whose dates have the weight beside them. `weights`: one per type code."""
    total = squares = 0.0
    counts: defaultdict[str, float] = defaultdict(float)
    for date_weight, sums in groups:
        # Not strict: types at the end are left out of a cell, and a type newer than this catalogue has no weight.
        for type_weight, by_category in zip(weights, sums, strict=False):
            weight = date_weight * type_weight
            if weight:
                weighted = weight * sum(by_category.values())
                total += weighted
                squares += weight * weighted
                for category, count in by_category.items():
                    counts[category] += weight * count
    return CategoricalEvidence(Mass(total, squares), dict(counts))


def numeric(groups: Iterable[tuple[float, NumericSums]], weights: Sequence[float], scale: float) -> NumericEvidence:
    """The evidence of sums of integers in 1 / `scale` of a unit. `weights`: one per type code."""
    total = squares = mean = m2 = 0.0
    bins: defaultdict[int, float] = defaultdict(float)
    for date_weight, sums in groups:
        for type_weight, (n, values, value_squares, by_bin) in zip(weights, sums, strict=False):
            weight = date_weight * type_weight
            if weight and n:
                weighted = weight * n
                part = weighted / (total + weighted)
                apart = values / n - mean
                m2 += weight * ((value_squares * n - values * values) / n) + apart * apart * total * part
                mean += apart * part
                total += weighted
                squares += weight * weighted
                for index, count in by_bin.items():
                    bins[index] += weight * count
    return NumericEvidence(Mass(total, squares), mean / scale, m2 / (scale * scale), dict(bins))


def _sum(a: dict[K, float], b: dict[K, float]) -> dict[K, float]:
    total = dict(a)
    for key, count in b.items():
        total[key] = total.get(key, 0.0) + count
    return total
