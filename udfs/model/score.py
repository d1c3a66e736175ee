"""Scores: how well items suit a user, compared with what would be believed of a user of whom nothing is known.

In: posteriors and items with their values. Out: per item the log lift in nats, ln(posterior predictive / prior
predictive), as a sum of one part per dimension, best first. Dimensions are treated as independent. Without evidence
every lift is exactly 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from udfs.catalogues.dimension import Value
from udfs.model.posterior import CategoricalPosterior, NumericPosterior, Posterior


class Item(NamedTuple):
    """An item to be scored: `values` by dimension, as `Dimension.value` makes them; None or absent is unknown."""

    id: str
    values: Mapping[str, Value]


class Score(msgspec.Struct, frozen=True):
    """One item: `lift` is the sum of `parts` in order, `coverage` the fraction of the dimensions that it knows."""

    id: str
    lift: float
    coverage: float
    parts: dict[str, float]


def scores(posteriors: Sequence[Posterior], items: Sequence[Item]) -> list[Score]:
    """The items, best first; equal lifts stay in the order in which they came."""
    parts: list[dict[str, float]] = [{} for _ in items]
    for posterior in posteriors:
        name = posterior.dimension.name
        known = [(place, item.values.get(name)) for place, item in enumerate(items)]
        for place, lift in _lifts(posterior, known):
            parts[place][name] = lift
    found = [
        Score(item.id, sum(own.values()), len(own) / len(posteriors), own)
        for item, own in zip(items, parts, strict=True)
    ]
    return sorted(found, key=lambda score: -score.lift)


def _lifts(posterior: Posterior, values: list[tuple[int, Value]]) -> Iterable[tuple[int, float]]:
    """(place, log lift) of the items whose value is known."""
    if isinstance(posterior, CategoricalPosterior):
        return _categorical(posterior, [(place, value) for place, value in values if isinstance(value, str)])
    return _numeric(posterior, [(place, value) for place, value in values if isinstance(value, int)])


def _categorical(posterior: CategoricalPosterior, known: list[tuple[int, str]]) -> Iterable[tuple[int, float]]:
    lifts = {category: posterior.belief.log_lift(category) for category in {category for _, category in known}}
    return [(place, lifts[category]) for place, category in known]


def _numeric(posterior: NumericPosterior, known: list[tuple[int, int]]) -> Iterable[tuple[int, float]]:
    # The Jacobian of a log dimension is the same in both densities and cancels.
    values = [value / posterior.dimension.scale for _, value in known]
    lifts = posterior.belief.log_density(values) - posterior.prior.log_density(values)
    return zip([place for place, _ in known], lifts.tolist(), strict=True)
