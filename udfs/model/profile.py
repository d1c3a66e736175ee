"""A profile: the posteriors of one user, told in the units of the items.

In: posteriors and a question. Out: per dimension a summary with two ranges: where the share or the average lies, and
where single items lie.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from udfs.catalogues.dimension import Dimension
from udfs.model.dirichlet import intervals
from udfs.model.interval import Interval
from udfs.model.normal_gamma import NormalGamma
from udfs.model.posterior import CategoricalPosterior, NumericPosterior, Posterior
from udfs.model.question import Question

_LARGEST_EXPONENT = 700.0


class ShareSummary(msgspec.Struct, frozen=True):
    """The share of all categories that are not named: posterior mean, variance, and the interval in which it lies."""

    share: float
    variance: float
    interval: Interval


class CategorySummary(msgspec.Struct, frozen=True):
    """The share of one category: posterior mean, variance, and the interval in which it lies."""

    category: str
    share: float
    variance: float
    interval: Interval


class CategoricalSummary(msgspec.Struct, frozen=True, tag_field="kind", tag="categorical"):
    """A categorical dimension: the largest shares and the rest, together 1. `n_eff` is 0 if only the prior speaks."""

    label: str
    n_eff: float
    prior: str
    categories: list[CategorySummary]
    other: ShareSummary


class NumericSummary(msgspec.Struct, frozen=True, tag_field="kind", tag="numeric"):
    """A numeric dimension in its unit.

    `mean_interval` is where the user's average lies (the geometric mean of a log dimension), `typical_range` where
    single items lie. A log dimension has `geometric_mean` and `spread_factor` (one standard deviation as a factor), any
    other `mean` and `standard_deviation`; what a dimension does not have is null.
    """

    label: str
    unit: str
    n_eff: float
    prior: str
    median: float
    mean: float | None
    geometric_mean: float | None
    standard_deviation: float | None
    spread_factor: float | None
    mean_interval: Interval
    typical_range: Interval


Summary: TypeAlias = CategoricalSummary | NumericSummary


def profile(posteriors: Sequence[Posterior], question: Question, prior_version: str) -> dict[str, Summary]:
    """The summary of each dimension, by name."""
    found = _categoricals([p for p in posteriors if isinstance(p, CategoricalPosterior)], question, prior_version)
    for posterior in posteriors:
        if isinstance(posterior, NumericPosterior):
            found[posterior.dimension.name] = _numeric(posterior, question.level, prior_version)
    return {posterior.dimension.name: found[posterior.dimension.name] for posterior in posteriors}


def _categoricals(posteriors: list[CategoricalPosterior], question: Question, version: str) -> dict[str, Summary]:
    tops = [found.belief.top(question.top) for found in posteriors]
    # The intervals of all dimensions in one call: most of the cost of a small call is the call.
    shares = [share for named, other in tops for share in (*(share for _, share in named), other)]
    ranges = iter(intervals(shares, question.level))
    return {
        found.dimension.name: CategoricalSummary(
            label=found.dimension.title,
            n_eff=found.mass.n_eff,
            prior=version,
            categories=[CategorySummary(category, s.mean, s.variance, next(ranges)) for category, s in named],
            other=ShareSummary(other.mean, other.variance, next(ranges)),
        )
        for found, (named, other) in zip(posteriors, tops, strict=True)
    }


def _numeric(found: NumericPosterior, level: float, prior_version: str) -> NumericSummary:
    dimension, belief = found.dimension, found.belief
    middle = _original(dimension, belief.mean)
    deviation = _deviation(dimension, belief)
    is_log = dimension.transform == "log"
    return NumericSummary(
        label=dimension.title,
        unit=dimension.unit,
        n_eff=found.mass.n_eff,
        prior=prior_version,
        median=middle,
        mean=None if is_log else middle,
        geometric_mean=middle if is_log else None,
        standard_deviation=None if is_log else deviation,
        spread_factor=deviation if is_log else None,
        mean_interval=_originals(dimension, belief.mean_interval(level)),
        typical_range=_originals(dimension, belief.typical_range(level)),
    )


def _deviation(dimension: Dimension, belief: NormalGamma) -> float | None:
    variance = belief.predictive_variance
    return _original(dimension, math.sqrt(variance)) if math.isfinite(variance) else None


def _originals(dimension: Dimension, interval: Interval) -> Interval:
    low, high = interval
    return _original(dimension, low), _original(dimension, high)


def _original(dimension: Dimension, transformed: float) -> float:
    # Prices from a cent to billions can make a range whose exponential no float holds.
    return dimension.original(min(transformed, _LARGEST_EXPONENT) if dimension.transform == "log" else transformed)
