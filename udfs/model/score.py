"""Scores: how well items suit a user, compared with the baseline.

In: posteriors and items in their places. Out: per item the log lift in nats, ln(posterior predictive / baseline), as
a sum of one part per dimension, best first. A part is the dimension's coefficient times its log lift: dimensions that
imply each other (model and make) would otherwise count twice. Numbers are compared by the bins that hold them. Without
evidence every lift is exactly 0.

Everything that a dimension can say stands once in a table of values; an item is a row of places in it.
"""

import msgspec
import numpy as np

from udfs.model.grid import Floats
from udfs.model.items import Places
from udfs.model.lifts import Lifts
from udfs.model.posterior import Posteriors


class Score(msgspec.Struct, frozen=True):
    """One item: `lift` is the sum of `parts` in order, `coverage` the fraction of the dimensions that it knows.

    `deviation` is the posterior standard deviation of the lift: large where little is known of the user.
    """

    id: str
    lift: float
    deviation: float
    coverage: float
    parts: dict[str, float]


def scores(posteriors: Posteriors, where: Places, rng: np.random.Generator | None = None) -> list[Score]:
    """The items of `where`, best first; equal lifts stay in the order in which they came.

    With `rng` the lift is that of one draw from the posterior (Thompson sampling) and not of its mean, so that items
    of which little is known have their chance.
    """
    coefficients, table = posteriors.start.coefficients, Lifts(posteriors, where.categories)
    parts = coefficients * where.of(table.mean if rng is None else table.drawn(rng))
    # One dimension after the other, as a caller would add the parts: so the sum is theirs to the bit.
    lifts: Floats = sum(parts.T, np.zeros(len(where.ids)))
    unsure = np.sqrt((coefficients**2 * where.of(table.variances)).sum(axis=1))
    columns = (lifts, unsure, where.known.mean(axis=1), parts, where.known)
    rows = list(zip(where.ids, *(column.tolist() for column in columns), strict=True))
    return [_score(posteriors.start.names, *rows[place]) for place in np.argsort(-lifts, kind="stable").tolist()]


def _score(
    names: tuple[str, ...],
    item_id: str,
    lift: float,
    deviation: float,
    coverage: float,
    parts: list[float],
    known: list[bool],
) -> Score:
    own = {name: part for name, part, here in zip(names, parts, known, strict=True) if here}
    return Score(item_id, lift, deviation, coverage, own)
