"""The model as the API asks it, over many occasions. Only this module of the evaluation knows the model.

In: histories of a training period, a question. Out: fitted `Priors`, and per occasion the predictive probability of
each slot, its log lift and the effective observations. Each occasion is asked as a request at the end of the day
before would be: the same rows, the same question, the same functions.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from flink_job.evaluate.histories import Folded
from flink_job.evaluate.occasions import Lists, Occasions
from flink_job.evaluate.space import Floats, Indices, Space
from flink_job.evaluate.split import Period
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Value
from udfs.events.batch import date_of
from udfs.model.decay import Decay
from udfs.model.fitting.choices import Choice, fit_coefficients
from udfs.model.fitting.population import Fitted, fit
from udfs.model.lifts import mean_lifts
from udfs.model.posterior import Model, Posteriors, evidence_of
from udfs.model.priors import Priors
from udfs.model.question import Question

RETENTION_DAYS = 60


class Answers(NamedTuple):
    """`chances`, `lifts` (O, S): predictive probability and log lift. `n_eff` (O, D)."""

    chances: Floats
    lifts: Floats
    n_eff: Floats


def question(catalogue: Catalogue, space: Space, day: int, decay: Decay) -> Question:
    """What a caller asks to know all before `day`."""
    last = date_of(day - 1)
    first = last - datetime.timedelta(days=RETENTION_DAYS - 1)
    return Question(first, last, space.names, catalogue.weights, decay)


def fit_priors(
    catalogue: Catalogue,
    space: Space,
    by_user: Mapping[str, Sequence[Folded]],
    train: Period,
    decay: Decay,
    offered: Sequence[Mapping[str, Value]],
) -> Fitted:
    """Priors from the users' evidence of the training period alone."""
    asked = question(catalogue, space, train.end, decay)
    users = [
        evidence_of(catalogue, rows, asked)
        for own in by_user.values()
        if (rows := [one.row for one in own if train.first <= one.day < train.end])
    ]
    return fit(catalogue, users, offered)


def ask(
    model: Model, catalogue: Catalogue, space: Space, by_user: Sequence[Sequence[Folded]], decay: Decay
) -> Callable[[int, int], Posteriors]:
    """What is believed of a user (by place) at the start of a day."""

    def answer(user: int, day: int) -> Posteriors:
        rows = [one.row for one in by_user[user] if one.day < day]
        return model.posteriors(rows, question(catalogue, space, day, decay))

    return answer


def answers(asked: Callable[[int, int], Posteriors], space: Space, occasions: Occasions) -> Answers:
    """The model's answer on every occasion."""
    size = (len(occasions.user), space.size)
    found = Answers(np.zeros(size), np.zeros(size), np.zeros((len(occasions.user), len(space.names))))
    for place, (user, day) in enumerate(zip(occasions.user.tolist(), occasions.day.tolist(), strict=True)):
        posteriors = asked(user, day)
        found.chances[place] = chances(posteriors, space)
        found.lifts[place] = mean_lifts(posteriors, space.labels)
        found.n_eff[place] = list(posteriors.n_eff.values())
    return found


def chances(posteriors: Posteriors, space: Space) -> Floats:
    """The predictive probability of each slot: (S)."""
    shares = [
        np.array([own.mass(label) for label in labels]) / own.concentration
        for own, labels in zip(posteriors.shares, space.labels, strict=True)
    ]
    return np.concatenate([*shares, posteriors.numbers.probabilities])


def learned(catalogue: Catalogue, priors: Priors, lifts: Floats, lists: Lists, items: Indices, space: Space) -> Priors:
    """The priors with coefficients learned from lists, whose items' slots are rows of `items` (I, D)."""
    table = np.append(lifts, np.zeros((len(lifts), 1)), axis=1)
    choices = [
        Choice(table[occasion][items[row[row >= 0]]], chosen)
        for occasion, row, chosen in zip(lists.occasion.tolist(), lists.items, lists.chosen.tolist(), strict=True)
    ]
    coefficients, _ = fit_coefficients(choices)
    named = dict(zip(space.names, coefficients.tolist(), strict=True))
    return msgspec.structs.replace(priors, coefficients={name: named[name] for name in catalogue.by_name})
