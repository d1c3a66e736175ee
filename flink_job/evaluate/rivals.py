"""Rivals: what else could be done with the same events, each as good as validation can make it.

In: batches, the training period. Out: per rival its possible settings; each makes a `Forecast` for occasions. A rival
ranks by its own log lift over the population, with coefficients learned as Penchant learns them.

popularity            what users look at; items are ranked by how often they were chosen, or chosen when shown
smoothed counts       all counts before, with some of the population's shares added
last 10               the same of the last ten items
decayed, no prior     exponentially decayed counts; a little is spread evenly, for a log score needs it
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.occasions import NOTHING, Lists, Occasions, Table, past
from flink_job.evaluate.space import Floats, Indices, Space
from flink_job.evaluate.split import Period

LAST = 10
STRENGTHS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
"""Observations that are added per dimension."""
TRACES = (0.1, 0.3, 1.0, 3.0)
"""Observations that are spread evenly where there is no prior."""
HALF_LIVES = (7.0, 14.0, 30.0)
_PSEUDO = 0.5
_SHOWN_BEFORE = 20.0
_MAX_AGE = 400


class Setting(NamedTuple):
    """A rival with its parameters as text, and what makes its forecast."""

    name: str
    parameters: str
    forecast: Callable[[Occasions], Forecast]


class Past(NamedTuple):
    """What rivals look at. `shares` (S): the population's. `chosen` (I, 2): lists that held an item, and chose it."""

    batches: Table
    space: Space
    shares: Floats
    shown: Floats

    def smoothed(self, strength: float, weights: Floats, occasions: Occasions) -> Forecast:
        """Weighted counts with the population's shares added."""
        return self._forecast(self._counts(weights, occasions), strength, self.shares)

    def last(self, strength: float, occasions: Occasions) -> Forecast:
        """The last items with the population's shares added."""
        counts = (last_items(self.batches, occasions.user, occasions.day) @ self.batches.counts).toarray()
        return self._forecast(counts, strength, self.shares)

    def without_prior(self, strength: float, weights: Floats, occasions: Occasions) -> Forecast:
        """Weighted counts with a trace of everything."""
        return self._forecast(self._counts(weights, occasions), strength, uniform(self.space))

    def popularity(self, by_rate: bool, occasions: Occasions) -> Forecast:
        """The population's shares; items by how often they were chosen, or by how often when shown."""
        chances = np.broadcast_to(self.shares, (len(occasions.user), self.space.size))
        seen, chosen = self.shown
        return Forecast(
            chances, np.zeros(chances.shape), (chosen + 1.0) / (seen + _SHOWN_BEFORE) if by_rate else chosen
        )

    def _counts(self, weights: Floats, occasions: Occasions) -> Floats:
        found: Floats = (past(self.batches, occasions.user, occasions.day, weights) @ self.batches.counts).toarray()
        return found

    def _forecast(self, counts: Floats, strength: float, shares: Floats) -> Forecast:
        total = self.space.sums(counts)[:, self.space.owner]
        chances = (counts + strength * shares) / (total + strength)
        return Forecast(chances, np.log(chances) - np.log(self.shares))


def rivals(batches: Table, space: Space, train: Period, shown: Floats) -> list[list[Setting]]:
    """Every rival with all settings that are tried. `shown` (2, I): see `Past`; from the training period alone."""
    known = Past(batches, space, population(batches, space, train), shown)
    return [list(one) for one in (_popularity(known), _smoothed(known), _last(known), _decayed(known))]


def item_counts(lists: Lists, items: int) -> Floats:
    """How many lists held each item, and how many chose it first: (2, I)."""
    here = lists.items[lists.items != NOTHING]
    first = np.take_along_axis(lists.items, lists.chosen[:, None], axis=1).ravel()
    return np.array([np.bincount(one, minlength=items) for one in (here, first)], dtype=np.float64)


def population(batches: Table, space: Space, train: Period) -> Floats:
    """What users look at, each user counting alike: (S), from the training period alone."""
    within = (batches.day >= train.first) & (batches.day < train.end)
    shape = (len(batches.users), len(batches.user))
    gather = csr_array((np.ones(int(within.sum())), (batches.user[within], np.flatnonzero(within))), shape)
    counts = (gather @ batches.counts).toarray()
    sums = (counts / np.maximum(space.sums(counts)[:, space.owner], 1.0)).sum(axis=0) + _PSEUDO
    found: Floats = sums / space.sums(sums)[space.owner]
    return found


def uniform(space: Space) -> Floats:
    """The same share for each slot of a dimension: (S)."""
    found: Floats = 1.0 / np.bincount(space.owner)[space.owner]
    return found


def last_items(batches: Table, user: Indices, day: Indices) -> csr_array:
    """(occasions, batches): weights that leave the last ten items before the day.

    The oldest batch of them counts in part, so that they are ten.
    """
    found = past(batches, user, day, np.ones(_MAX_AGE))
    for start, end in zip(found.indptr[:-1].tolist(), found.indptr[1:].tolist(), strict=True):
        items = batches.items[found.indices[start:end]]
        later = np.cumsum(items[::-1])[::-1] - items
        found.data[start:end] = np.clip((LAST - later) / np.maximum(items, 1.0), 0.0, 1.0)
    return found


def _popularity(known: Past) -> Iterator[Setting]:
    for by_rate in (False, True):
        how = "chosen when shown" if by_rate else "chosen"
        yield Setting("popularity", f"items by how often {how}", partial(known.popularity, by_rate))


def _smoothed(known: Past) -> Iterator[Setting]:
    for strength in STRENGTHS:
        make = partial(known.smoothed, strength, np.ones(_MAX_AGE))
        yield Setting("smoothed counts", f"{strength:g} observations added", make)


def _last(known: Past) -> Iterator[Setting]:
    for strength in STRENGTHS:
        yield Setting(f"last {LAST}", f"{strength:g} observations added", partial(known.last, strength))


def _decayed(known: Past) -> Iterator[Setting]:
    for half_life in HALF_LIVES:
        weights = 0.5 ** (np.arange(_MAX_AGE) / half_life)
        for trace in TRACES:
            make = partial(known.without_prior, trace, weights)
            yield Setting("decayed, no prior", f"half-life {half_life:g} d, {trace:g} spread evenly", make)
