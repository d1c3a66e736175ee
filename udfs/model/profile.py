"""A profile: the posteriors of one user, told in the units of the items, beside what the baseline says.

In: posteriors and a question. Out: per dimension a summary with two ranges: where the share or the average lies, and
where single items lie. Lifts are in nats: ln(share / share under the baseline).
"""

import math
from typing import NamedTuple, TypeAlias

import msgspec
import numpy as np

from udfs.catalogues.dimension import Dimension
from udfs.model.dirichlet import Dirichlet, Share, intervals
from udfs.model.interval import Interval
from udfs.model.posterior import Posteriors, typical_range
from udfs.model.priors import CATALOGUE_VERSION
from udfs.model.question import Question

_LARGEST_EXPONENT = 700.0


class ShareSummary(msgspec.Struct, frozen=True):
    """The share of all categories that are not named: posterior mean, variance, and the interval in which it lies.

    `baseline` is their share under the baseline.
    """

    share: float
    variance: float
    interval: Interval
    baseline: float


class CategorySummary(msgspec.Struct, frozen=True):
    """The share of one category: posterior mean, variance, interval in which it lies, and lift over the baseline."""

    category: str
    share: float
    variance: float
    interval: Interval
    baseline: float
    lift: float


class CategoricalSummary(msgspec.Struct, frozen=True, tag_field="kind", tag="categorical"):
    """A categorical dimension: the largest shares and the rest, together 1. `n_eff` is 0 if only the prior speaks."""

    label: str
    n_eff: float
    prior: str
    categories: list[CategorySummary]
    other: ShareSummary


class NumericBaseline(msgspec.Struct, frozen=True):
    """The same numbers under the baseline."""

    median: float
    typical_range: Interval


class BinSummary(msgspec.Struct, frozen=True):
    """The chance that a single item lies in a bin, and what the baseline says; the end bins hold all beyond them."""

    low: float
    high: float
    share: float
    baseline: float


class NumericSummary(msgspec.Struct, frozen=True, tag_field="kind", tag="numeric"):
    """A numeric dimension in its unit.

    `mean_interval` is where the user's average lies (the geometric mean of a log dimension), `typical_range` where
    single items lie. A log dimension has `geometric_mean` and `spread_factor` (one standard deviation as a factor), any
    other `mean` and `standard_deviation`; what a dimension does not have is null. `multimodal`: the taste has more than
    one mode, so that no single number stands for it. `top_coded`: where the source of the items cuts off, this number
    means "this or more". `bins` is there when it was asked for.
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
    multimodal: bool
    top_coded: float | None
    baseline: NumericBaseline
    bins: list[BinSummary] | None = None


Summary: TypeAlias = CategoricalSummary | NumericSummary


def profile(posteriors: Posteriors, question: Question, prior_version: str) -> dict[str, Summary]:
    """The summary of each dimension, by name."""
    versions = {name: CATALOGUE_VERSION if name in posteriors.start.own else prior_version for name in posteriors.n_eff}
    found = _categoricals(posteriors, question, versions) | _numerics(posteriors, question, versions)
    return {name: found[name] for name in question.dimensions}


def _categoricals(posteriors: Posteriors, question: Question, versions: dict[str, str]) -> dict[str, Summary]:
    tops = [found.top(question.top) for found in posteriors.shares]
    # The intervals of all dimensions in one call: most of the cost of a small call is the call.
    shares = [share for named, other in tops for share in (*(share for _, share in named), other)]
    ranges = iter(intervals(shares, question.level))
    return {
        dimension.name: CategoricalSummary(
            label=dimension.title,
            n_eff=posteriors.n_eff[dimension.name],
            prior=versions[dimension.name],
            categories=[_category(found, category, share, next(ranges)) for category, share in named],
            other=_others(found, [category for category, _ in named], other, next(ranges)),
        )
        for (dimension, _), found, (named, other) in zip(
            posteriors.start.categorical, posteriors.shares, tops, strict=True
        )
    }


def _category(found: Dirichlet, category: str, share: Share, interval: Interval) -> CategorySummary:
    before = found.prior_mass(category) / found.prior.concentration
    return CategorySummary(category, share.mean, share.variance, interval, before, found.log_lift(category))


def _others(found: Dirichlet, named: list[str], share: Share, interval: Interval) -> ShareSummary:
    before = 1.0 - math.fsum(found.prior_mass(category) for category in named) / found.prior.concentration
    return ShareSummary(share.mean, share.variance, interval, before)


class _Told(NamedTuple):
    """What is told of a numeric dimension, on its axis: `low` to `high` is the typical range; `old_*` the baseline."""

    mean: float
    deviation: float
    mean_low: float
    mean_high: float
    low: float
    median: float
    high: float
    old_low: float
    old_median: float
    old_high: float
    multimodal: float


def _numerics(posteriors: Posteriors, question: Question, versions: dict[str, str]) -> dict[str, Summary]:
    belief = posteriors.numbers
    columns = np.array(
        [
            belief.normal.mean,
            np.sqrt(belief.normal.predictive.variance),
            *belief.normal.of_mean.interval(question.level),
            *typical_range(belief, question.level),
            *posteriors.start.range(question.level),
            belief.multimodal,
        ]
    )
    found = {
        dimension.name: _number(dimension, _Told(*row), posteriors.n_eff[dimension.name], versions[dimension.name])
        for dimension, row in zip(posteriors.start.numeric, columns.T.tolist(), strict=True)
    }
    return _with_bins(found, posteriors) if question.bins else dict(found)


def _number(dimension: Dimension, told: _Told, n_eff: float, prior: str) -> NumericSummary:
    middle, deviation = _original(dimension, told.mean), _deviation(dimension, told.deviation)
    is_log = dimension.transform == "log"
    return NumericSummary(
        label=dimension.title,
        unit=dimension.unit,
        n_eff=n_eff,
        prior=prior,
        median=_original(dimension, told.median),
        mean=None if is_log else middle,
        geometric_mean=middle if is_log else None,
        standard_deviation=None if is_log else deviation,
        spread_factor=deviation if is_log else None,
        mean_interval=_originals(dimension, told.mean_low, told.mean_high),
        typical_range=_originals(dimension, told.low, told.high),
        multimodal=bool(told.multimodal),
        top_coded=dimension.top_coded,
        baseline=NumericBaseline(
            _original(dimension, told.old_median), _originals(dimension, told.old_low, told.old_high)
        ),
    )


def _with_bins(found: dict[str, NumericSummary], posteriors: Posteriors) -> dict[str, Summary]:
    grid = posteriors.numbers.grid
    columns = (grid.lows, grid.highs, posteriors.numbers.probabilities, posteriors.start.probabilities)
    bins = np.split(np.array(columns).T, grid.starts[1:])
    return {
        dimension.name: msgspec.structs.replace(
            found[dimension.name],
            bins=[
                BinSummary(*_originals(dimension, low, high), share, baseline)
                for low, high, share, baseline in own.tolist()
            ],
        )
        for dimension, own in zip(posteriors.start.numeric, bins, strict=False)
    }


def _deviation(dimension: Dimension, deviation: float) -> float | None:
    return dimension.original(_bounded(dimension, deviation)) if math.isfinite(deviation) else None


def _originals(dimension: Dimension, low: float, high: float) -> Interval:
    return _original(dimension, low), _original(dimension, high)


def _original(dimension: Dimension, transformed: float) -> float:
    found = dimension.original(_bounded(dimension, transformed))
    return found if dimension.top_coded is None else min(found, dimension.top_coded)


def _bounded(dimension: Dimension, transformed: float) -> float:
    # Prices from a cent to billions can make a range whose exponential no float holds.
    return min(transformed, _LARGEST_EXPONENT) if dimension.transform == "log" else transformed
