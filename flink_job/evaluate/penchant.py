"""The model as the API asks it, over many users and days. Only this module of the evaluation knows the model.

In: histories of a training period, a decay. Out: fitted `Priors`; per occasion a forecast; per user intervals. Every
answer is that to a request at the end of the day before: the same rows, the same question, the same functions.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from flink_job.evaluate.coverage import Held
from flink_job.evaluate.expectation import Truth
from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.histories import Folded
from flink_job.evaluate.log import Values
from flink_job.evaluate.occasions import NOTHING, Lists, Occasions
from flink_job.evaluate.space import Floats, Indices, Space
from flink_job.evaluate.split import Period
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import date_of
from udfs.model.decay import Decay
from udfs.model.dirichlet import Share, intervals
from udfs.model.fitting.choices import Choice
from udfs.model.fitting.choices import fit_coefficients as fit
from udfs.model.fitting.population import fit as fit_population
from udfs.model.lifts import Lifts
from udfs.model.posterior import Model, Posteriors, evidence_of
from udfs.model.priors import Priors
from udfs.model.question import Question

RETENTION_DAYS = 60
SMALLEST_SHARE = 0.01
"""Smaller posterior shares are left out: their lower ends are 0 for any practical purpose."""


class Answers(NamedTuple):
    """The model's forecasts, and the effective observations behind them: (O, D)."""

    forecast: Forecast
    n_eff: Floats


class Intervals(NamedTuple):
    """Intervals with the truth, of shares and of means; and the dimension of each."""

    shares: Held
    share_dimension: Indices
    means: Held
    mean_dimension: Indices


class Penchant:
    """The model over one catalogue, one set of priors and one decay."""

    def __init__(
        self, catalogue: Catalogue, space: Space, by_user: Sequence[Sequence[Folded]], priors: Priors, decay: Decay
    ) -> None:
        """`by_user`: each user's batches, in the order of places."""
        self.decay = decay
        self._catalogue, self._space, self._by_user = catalogue, space, by_user
        self._model = Model(catalogue, priors)

    def believed(self, user: int, day: int) -> Posteriors:
        """What is believed of a user at the start of a day."""
        rows = [one.row for one in self._by_user[user] if one.day < day]
        return self._model.posteriors(rows, question(self._catalogue, self._space, day, self.decay))

    def answers(self, occasions: Occasions) -> Answers:
        """The forecast for every occasion."""
        size = (len(occasions.user), self._space.size)
        chances, lifts = np.zeros(size), np.zeros(size)
        n_eff = np.zeros((len(occasions.user), len(self._space.names)))
        for place, (user, day) in enumerate(zip(occasions.user.tolist(), occasions.day.tolist(), strict=True)):
            found = self.believed(user, day)
            chances[place] = _chances(found, self._space)
            lifts[place] = Lifts(found, self._space.labels).mean
            n_eff[place] = list(found.n_eff.values())
        return Answers(Forecast(chances, lifts), n_eff)

    def weights_of_days(self, first: int, end: int) -> dict[int, float]:
        """What each day weighs for a question asked at the start of day `end`."""
        asked = question(self._catalogue, self._space, end, self.decay)
        return {day: asked.weight(date_of(day)) for day in range(first, end)}

    def intervals(self, day: int, truth: Truth, level: float) -> Intervals:
        """The intervals of all users with evidence at the start of a day, beside the truth where there is any."""
        asked = range(len(self._by_user))
        found = [(user, own) for user in asked if (own := self.believed(user, day)).has_evidence]
        rows = [row for user, own in found for row in _shares(user, own, self._space)]
        user, dimension, slot, mass, rest, n_eff = np.array(rows, dtype=np.float64).reshape(-1, 6).T
        ends = intervals([Share(*pair) for pair in zip(mass.tolist(), rest.tolist(), strict=True)], level)
        from_, to = np.array(ends).reshape(-1, 2).T
        user, slot = user.astype(np.int64), slot.astype(np.int64)
        shares = Held(user, mass / (mass + rest), n_eff, from_, to, truth.shares[user, slot])
        means = np.array([row for user, own in found for row in _means(user, own, self._space, level)])
        who, index, mean, n_mean, low, high = means.reshape(-1, 6).T
        who, index = who.astype(np.int64), index.astype(np.int64)
        numeric = Held(who, mean, n_mean, low, high, truth.means[who, index])
        known, known_mean = ~np.isnan(shares.truth), ~np.isnan(numeric.truth)
        return Intervals(
            shares.pick(known),
            dimension.astype(np.int64)[known],
            numeric.pick(known_mean),
            index[known_mean] + len(self._space.categorical),
        )


def question(catalogue: Catalogue, space: Space, day: int, decay: Decay) -> Question:
    """What a caller asks to know all before `day`."""
    last = date_of(day - 1)
    first = last - datetime.timedelta(days=RETENTION_DAYS - 1)
    return Question(first, last, space.names, catalogue.weights, decay)


def fit_priors(
    catalogue: Catalogue,
    space: Space,
    by_user: Sequence[Sequence[Folded]],
    train: Period,
    decay: Decay,
    offered: Sequence[Values],
) -> Priors:
    """Priors from the users' evidence of the training period alone, as `penchant priors fit` finds them."""
    asked = question(catalogue, space, train.end, decay)
    rows = [[one.row for one in own if train.first <= one.day < train.end] for own in by_user]
    found = fit_population(catalogue, [evidence_of(catalogue, own, asked) for own in rows if own], offered)
    return Priors("evaluated", found.population, found.inventory)


def fit_coefficients(lifts: Floats, lists: Lists, items: Indices) -> Floats:
    """How much each dimension counts: (D), learned from lists; `items` (I, D): the slots of every item."""
    table = np.append(lifts, np.zeros((len(lifts), 1)), axis=1)
    if not len(lists.occasion):
        return np.ones(items.shape[1])
    rows = zip(lists.occasion.tolist(), lists.items, lists.chosen.tolist(), strict=True)
    found, _ = fit([Choice(table[occasion][items[row[row != NOTHING]]], chosen) for occasion, row, chosen in rows])
    return found


def _chances(found: Posteriors, space: Space) -> Floats:
    """The predictive probability of each slot: (S)."""
    shares = [
        np.array([own.mass(label) for label in labels]) / own.concentration
        for own, labels in zip(found.shares, space.labels, strict=True)
    ]
    return np.concatenate([*shares, found.numbers.probabilities])


def _shares(user: int, found: Posteriors, space: Space) -> Iterator[tuple[float, ...]]:
    n_eff = list(found.n_eff.values())
    for place, (own, labels, start) in enumerate(zip(found.shares, space.labels, space.starts.tolist(), strict=False)):
        for slot, label in enumerate(labels, start):
            mass = own.mass(label)
            if mass >= SMALLEST_SHARE * own.concentration and n_eff[place]:
                yield user, place, slot, mass, own.concentration - mass, n_eff[place]


def _means(user: int, found: Posteriors, space: Space, level: float) -> Iterator[tuple[float, ...]]:
    n_eff = list(found.n_eff.values())[len(space.categorical) :]
    low, high = found.numbers.normal.of_mean.interval(level)
    columns = (np.asarray(found.numbers.normal.mean).tolist(), n_eff, low.tolist(), high.tolist())
    for index, (mean, n, *ends) in enumerate(zip(*columns, strict=True)):
        if n:
            yield user, index, mean, n, *ends
