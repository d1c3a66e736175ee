"""Evidence: what weighted observations say about one dimension, and how many unweighted ones they are worth.

In: exact sums (`udfs.model.cells`) with the weight of their dates, and a weight per type of event; a single observation
weighs date x type. Out: weighted counts, or weighted mean and squared deviation, with the sum S and the sum of squares
Q of the weights. Weights are not observations: a posterior takes the evidence scaled to Kish's effective size S^2 / Q
(Kish, Survey Sampling, 1965), so that equal weights, whatever they are, leave it at the number of observations.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from udfs.model.cells import CategoricalSums, NumericSums


class Mass(NamedTuple):
    """The sum of the weights of single observations, and the sum of their squares."""

    total: float = 0.0
    squares: float = 0.0

    @property
    def n_eff(self) -> float:
        """The number of equally weighted observations that say as much."""
        return self.total * self.per_weight

    @property
    def per_weight(self) -> float:
        """Effective observations per unit of weight: what turns weighted sums into effective ones."""
        return self.total / self.squares if self.squares else 0.0


class CategoricalEvidence(msgspec.Struct, frozen=True):
    """Weighted counts per category."""

    mass: Mass = Mass()
    counts: dict[str, float] = {}

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
    """The evidence of sums of integers in 1 / `scale` of a unit. `weights`: one per type code.

    Means and deviations are merged by the stable update of Chan, Golub and LeVeque (1979).
    """
    total = squares = mean = m2 = 0.0
    bins: defaultdict[int, float] = defaultdict(float)
    for date_weight, sums in groups:
        for type_weight, (n, values, value_squares, by_bin) in zip(weights, sums, strict=False):
            weight = date_weight * type_weight
            if weight and n:
                weighted = weight * n
                part = weighted / (total + weighted)
                delta = values / n - mean
                m2 += weight * ((value_squares * n - values * values) / n) + delta * delta * total * part
                mean += delta * part
                total += weighted
                squares += weight * weighted
                for index, count in by_bin.items():
                    bins[index] += weight * count
    return NumericEvidence(Mass(total, squares), mean / scale, m2 / (scale * scale), dict(bins))
