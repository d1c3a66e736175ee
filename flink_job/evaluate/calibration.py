"""Do predictive probabilities come true?

In: predictive probabilities per occasion and what followed. Out: for categories, how often what was given a probability
follows; for numbers, the histogram of the probability integral transform: which quantile of the prediction the outcome
was. It is flat if predictions are right, U-shaped if they are too narrow. Outcomes are bins, whose part of the
histogram is spread over the quantiles that the bin covers (Czado, Gneiting and Held, 2009). Users count alike.
"""

import msgspec
import numpy as np

from flink_job.evaluate.occasions import Occasions
from flink_job.evaluate.space import Floats, Space

CELLS = 10
"""Bars of the histogram."""
PROBABILITIES = (0.0, 0.01, 0.03, 0.07, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95)
"""Lower ends of the groups of predicted probabilities."""


class Group(msgspec.Struct, frozen=True):
    """Categories that were given a probability from `low` on: the mean of it, and how often they followed."""

    low: float
    predicted: float
    observed: float
    weight: float


class Quantiles(msgspec.Struct, frozen=True):
    """The histogram of a numeric dimension; a flat one has `1 / CELLS` in each cell.

    `deviation`: the largest distance from flat. `inside`: how much falls into the central 90 % of the prediction.
    """

    dimension: str
    cells: list[float]
    deviation: float
    inside: float


def categories(chances: Floats, occasions: Occasions, space: Space) -> list[Group]:
    """The groups over all categorical dimensions."""
    columns = space.owner < len(space.categorical)
    follows = occasions.follows.toarray()
    predicted, observed = chances[:, columns], follows[:, columns]
    totals = space.sums(follows)
    weights = (totals * _per_user(totals, occasions))[:, space.owner[columns]]
    shares = observed / np.maximum(totals[:, space.owner[columns]], 1.0)
    group = np.searchsorted(PROBABILITIES, predicted, "right") - 1
    sums = [_sums(group, part) for part in (weights, weights * predicted, weights * shares)]
    return [
        Group(low, predicted_ / weight, observed_ / weight, weight)
        for low, weight, predicted_, observed_ in zip(PROBABILITIES, *(one.tolist() for one in sums), strict=True)
        if weight > 0.0
    ]


def expected_error(groups: list[Group]) -> float:
    """The mean distance of predicted and observed, over what was predicted."""
    total = sum(group.weight for group in groups)
    return sum(group.weight * abs(group.predicted - group.observed) for group in groups) / total if total else 0.0


def quantiles(chances: Floats, occasions: Occasions, space: Space) -> list[Quantiles]:
    """The histogram of each numeric dimension."""
    follows = occasions.follows.toarray()
    weights = _per_user(space.sums(follows), occasions)
    found = []
    for place in range(len(space.categorical), len(space.names)):
        columns = space.owner == place
        upper = np.cumsum(chances[:, columns], axis=1)
        counted = follows[:, columns] * weights[:, place, None]
        found.append(_quantiles(space.names[place], upper - chances[:, columns], upper, counted))
    return found


def _quantiles(name: str, lower: Floats, upper: Floats, counted: Floats) -> Quantiles:
    some = counted > 0.0
    low, high, weight = lower[some], np.maximum(upper[some], lower[some] + 1e-12), counted[some]
    borders = np.linspace(0.0, 1.0, CELLS + 1)
    below = np.clip((borders - low[:, None]) / (high - low)[:, None], 0.0, 1.0)
    # Rounding may leave the last border a little below the sum of all chances.
    below[:, -1] = 1.0
    cells = (weight[:, None] * np.diff(below, axis=1)).sum(axis=0) / max(float(weight.sum()), 1e-12)
    inside = np.clip((0.95 - low) / (high - low), 0.0, 1.0) - np.clip((0.05 - low) / (high - low), 0.0, 1.0)
    share = float((weight * inside).sum()) / max(float(weight.sum()), 1e-12)
    return Quantiles(name, cells.tolist(), float(np.abs(cells - 1.0 / CELLS).max()), share)


def _per_user(totals: Floats, occasions: Occasions) -> Floats:
    """What each observation weighs, so that those of a user weigh 1 in each dimension: (O, D)."""
    by_user = np.zeros((int(occasions.user.max(initial=0)) + 1, totals.shape[1]))
    np.add.at(by_user, occasions.user, totals)
    found: Floats = 1.0 / np.maximum(by_user, 1.0)[occasions.user]
    return found


def _sums(group: "np.typing.NDArray[np.int64]", values: Floats) -> Floats:
    return np.bincount(group.ravel(), values.ravel(), minlength=len(PROBABILITIES)).astype(np.float64)
