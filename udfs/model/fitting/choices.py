"""How much does each dimension count in a score? Learned from lists and what was chosen from them.

In: the log lifts of the items of lists. Out: one coefficient >= 0 per dimension, by a conditional logit (D. McFadden,
1974): the chance of a choice is proportional to exp(sum of coefficient x lift). Dimensions that imply each other share
what they say, so their coefficients sum to about one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from udfs.model.fitting.convergence import Convergence
from udfs.model.grid import SMALLEST, Floats

RIDGE = 1e-3
"""Pulls coefficients to 0 where the choices do not say anything of a dimension."""

_MOST = 10.0


class Choice(NamedTuple):
    """One list: `lifts` (items, D), 0 where a value is unknown, and the place of the item that was chosen."""

    lifts: Floats
    chosen: int


def fit_coefficients(choices: Sequence[Choice]) -> tuple[Floats, Convergence]:
    """The coefficients (D) under which the choices are most likely; `choices` holds at least one."""
    lifts = np.concatenate([choice.lifts for choice in choices])
    starts = np.cumsum([0, *(len(choice.lifts) for choice in choices[:-1])])
    chosen = starts + np.array([choice.chosen for choice in choices])
    owner = np.repeat(np.arange(len(choices)), [len(choice.lifts) for choice in choices])

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        utility = lifts @ coefficients
        odds = np.exp(utility - np.maximum.reduceat(utility, starts)[owner])
        chances = odds / np.add.reduceat(odds, starts)[owner]
        slope = (lifts[chosen].sum(axis=0) - chances @ lifts) / len(choices) - RIDGE * coefficients
        fit = float(np.log(np.maximum(chances[chosen], SMALLEST)).mean())
        penalty = 0.5 * RIDGE * float(coefficients @ coefficients)
        return penalty - fit, -slope

    start = np.ones(lifts.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, _MOST)] * len(start))
    gain = loss(start)[0] - float(found.fun)
    slope = float(np.max(np.abs(found.jac * (found.x > 0.0)), initial=0.0))
    coefficients: Floats = found.x
    return coefficients, Convergence(
        len(choices), float(len(choices)), int(found.nit), bool(found.success), gain, slope
    )
