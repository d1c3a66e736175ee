"""Does a method predict what follows? The log score of what a user does next, and the rank of what is chosen.

In: predictive probabilities or lifts per occasion, and what followed. Out: per user a mean log score in nats, the mean
reciprocal rank of the item chosen first, and whether it was among the first ten. Users count alike, however active.
A log score is proper: only the true probabilities have the best expected one (Gneiting and Raftery, 2007).
"""

from typing import NamedTuple

import numpy as np

from flink_job.evaluate.clusters import means
from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.occasions import NOTHING, Lists, Occasions
from flink_job.evaluate.space import Floats, Indices, Space

HIT = 10
"""A hit is a chosen item among the first so many."""

_SMALLEST = 1e-12
_CHUNK = 1_000
_TIE = 1e-9


class Ranks(NamedTuple):
    """Per list: the expected reciprocal rank of the chosen item, and the chance of a hit, under ties in any order."""

    reciprocal: Floats
    hit: Floats


class Scores(NamedTuple):
    """Per user, NaN where nothing followed: `log` (U, D) in nats, `reciprocal` and `hit` (U)."""

    log: Floats
    reciprocal: Floats
    hit: Floats

    @property
    def summed(self) -> Floats:
        """The log score of a whole item: (U), over the dimensions of which anything followed."""
        some = ~np.isnan(self.log).all(axis=1)
        return np.where(some, np.nansum(self.log, axis=1), np.nan)


def log_scores(chances: Floats, occasions: Occasions, space: Space, users: int) -> Floats:
    """The mean log probability of a user's values, per dimension: (U, D); NaN where nothing followed."""
    follows = occasions.follows.tocoo()
    scores = follows.data * np.log(np.maximum(chances[follows.row, follows.col], _SMALLEST))
    dimensions = len(space.names)
    cells = occasions.user[follows.row] * dimensions + space.owner[follows.col]
    sums = np.bincount(cells, scores, minlength=users * dimensions)
    counts = np.bincount(cells, follows.data, minlength=users * dimensions)
    found: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).reshape(users, dimensions)
    return found


def list_scores(forecast: Forecast, coefficients: Floats, lists: Lists, items: Indices) -> Floats:
    """The score of each item of each list: (P, L). `items` (I, D): the slots of every item."""
    if forecast.items is not None:
        return forecast.items[lists.items]
    lifts = forecast.lifts
    table = np.append(lifts, np.zeros((len(lifts), 1)), axis=1)
    found = np.empty(lists.items.shape)
    for start in range(0, len(lists.items), _CHUNK):
        rows = slice(start, start + _CHUNK)
        parts = table[lists.occasion[rows, None, None], items[lists.items[rows]]]
        found[rows] = parts @ coefficients
    return found


def ranks(scores: Floats, lists: Lists) -> Ranks:
    """Where the chosen item stands in each list."""
    own = np.take_along_axis(scores, lists.chosen[:, None], axis=1)
    here = lists.items != NOTHING
    ahead = (here & (scores > own + _TIE)).sum(axis=1)
    equal = (here & (np.abs(scores - own) <= _TIE)).sum(axis=1)
    harmonic = np.append(0.0, np.cumsum(1.0 / np.arange(1, scores.shape[1] + 1)))
    return Ranks((harmonic[ahead + equal] - harmonic[ahead]) / equal, np.clip((HIT - ahead) / equal, 0.0, 1.0))


def scored(
    forecast: Forecast, coefficients: Floats, occasions: Occasions, space: Space, items: Indices, users: int
) -> Scores:
    """All scores of a forecast."""
    lists = occasions.lists
    found = ranks(list_scores(forecast, coefficients, lists, items), lists)
    return Scores(
        log_scores(forecast.chances, occasions, space, users),
        by_user(found.reciprocal, lists, occasions, users),
        by_user(found.hit, lists, occasions, users),
    )


def by_user(values: Floats, lists: Lists, occasions: Occasions, users: int) -> Floats:
    """The mean over each user's lists: (U); NaN for users without any."""
    return means(values, occasions.user[lists.occasion], users)
