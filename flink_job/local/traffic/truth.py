"""The truth about a user: expected shares and means of their interactions, given what they were shown.

In: the lists that were shown to a user, and the seed that fixes the user's taste. Out: expectations over the choices,
so they hold no luck of the draw. The chance that an item is among the k chosen from a list is exact (see `inclusion`).
A chosen item counts with the weight of the strongest type that it reaches, in expectation, as a profile counts it. Two
things are left out: an item that is chosen twice within one batch counts once in a profile, and no decay applies; pass
only the lists of the days that count.
"""

import datetime
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from flink_job.local.traffic.columns import Columns, Floats, Indices, columns
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.sessions import climb
from flink_job.local.traffic.shown import Shown
from flink_job.local.traffic.tastes import Taste, User, user, user_number


class Shares(msgspec.Struct, frozen=True, tag_field="kind", tag="categorical"):
    """A categorical dimension. `strength` in nats; `favourites`: nats per category.

    `shares` of interactions and `shown` of items shown sum to 1.
    """

    strength: float
    favourites: dict[str, float]
    shares: dict[str, float]
    shown: dict[str, float]


class Number(msgspec.Struct, frozen=True, tag_field="kind", tag="numeric"):
    """A numeric dimension. `strength` in nats. `points` (preferred), `typical` and `shown` in its unit.

    `mean` and `spread` after the transform. None where nothing counts.
    """

    strength: float
    points: list[float]
    mean: float | None
    spread: float | None
    typical: float | None
    shown: float | None


class Truth(msgspec.Struct, frozen=True):
    """A user's hidden taste at a time, and what it leads to under `lists` lists with `choices` choices.

    `evidence`: the expected sum of the weights of the strongest types of all that is chosen.
    """

    user_id: str
    lists: int
    choices: int
    evidence: float
    drifts: bool
    dimensions: dict[str, Shares | Number]


class Oracle:
    """Knows every user in the world of a seed."""

    def __init__(self, items: Items, seed: int) -> None:
        """The items must be those of the traffic."""
        self._items = items
        self._columns = columns(items)
        self._seed = seed

    def user(self, user_id: str) -> User:
        """The user with this id. Raises QueryError for an id that the traffic does not make."""
        return user(self._columns, self._seed, user_number(user_id))

    def truth(
        self, user_id: str, shown: Iterable[Shown], at: datetime.datetime, weights: Sequence[float] | None = None
    ) -> Truth:
        """The taste at `at` and the expectations under what was shown. Raises QueryError.

        `weights` are those of the types, the catalogue's by default.
        """
        who = self.user(user_id)
        lists = list(shown)
        counted = [self._counted(who, one, weights or self._items.catalogue.weights) for one in lists]
        positions = np.concatenate([np.zeros(0, dtype=np.int64), *(items for items, _ in counted)])
        evidence = np.concatenate([np.zeros(0), *(weight for _, weight in counted)])
        found = _dimensions(self._columns, who.taste(at.timestamp()), positions, evidence)
        return Truth(
            user_id,
            len(lists),
            sum(len(one.chosen) for one in lists),
            float(evidence.sum()),
            who.second is not None,
            {name: found[name] for name in self._items.catalogue.by_name},
        )

    def _counted(self, who: User, shown: Shown, weights: Sequence[float]) -> tuple[Indices, Floats]:
        """The positions of a list's items and the evidence that each is expected to give."""
        positions = np.array([self._items.positions[item] for item in shown.items], dtype=np.int64)
        taste = who.taste(shown.at.timestamp())
        utility = taste.utility(self._columns, positions)
        chosen = inclusion(np.exp(utility - utility.max()), len(shown.chosen))
        return positions, chosen * expected_weight(climb(utility, taste.ceiling), weights)


def inclusion(odds: Floats, chosen: int) -> Floats:
    """The chance of each item to be among the first `chosen` that are drawn one by one with these odds.

    `odds` (..., L), at least 0, and above 0 for `chosen` items or more; `chosen` >= 1. Exact, by all ways to draw: the
    first draw is a conditional logit, the others are the same among the rest. Cost L ** (chosen - 1), L at least.
    """
    first: Floats = odds / odds.sum(axis=-1, keepdims=True)
    if chosen <= 1:
        return first
    if chosen == 2:
        # Second after j with chance p_j p_i / (1 - p_j): in sum over j, without a row for each.
        behind = first / np.maximum(1 - first, 1e-300)
        second: Floats = first * (behind.sum(axis=-1, keepdims=True) - behind)
        return first + second
    rest = odds[..., None, :] * (1 - np.eye(odds.shape[-1]))
    later: Floats = (first[..., None] * inclusion(rest, chosen - 1)).sum(axis=-2)
    return first + later


def expected_weight(chances: Floats, weights: Sequence[float]) -> Floats:
    """The expected weight of the strongest type, when each further type is reached with the same chance."""
    found = np.full_like(chances, weights[0])
    for code in range(1, len(weights)):
        found += chances**code * (weights[code] - weights[code - 1])
    return found


def _dimensions(matrices: Columns, taste: Taste, items: Indices, evidence: Floats) -> dict[str, Shares | Number]:
    found: dict[str, Shares | Number] = {}
    for place, dimension in enumerate(matrices.categorical):
        found[dimension.name] = _shares(matrices, place, taste, items, evidence)
    for place, dimension in enumerate(matrices.numeric):
        found[dimension.name] = _number(matrices, place, taste, items, evidence)
    return found


def _shares(matrices: Columns, place: int, taste: Taste, items: Indices, evidence: Floats) -> Shares:
    labels, start = matrices.labels[place], int(matrices.starts[place])
    slots = matrices.slots[items, place]
    worth = taste.worth[start : start + len(labels)].tolist()
    known = (slots > 0).astype(np.float64)
    return Shares(
        float(taste.strengths[place]),
        {label: nats for label, nats in zip(labels, worth, strict=True) if nats > 0},
        _by_label(labels, start, slots, evidence * known),
        _by_label(labels, start, slots, known),
    )


def _by_label(labels: list[str], start: int, slots: Indices, weights: Floats) -> dict[str, float]:
    sums = np.bincount(slots, weights, minlength=start + len(labels))[start : start + len(labels)]
    total = float(sums.sum())
    ranked = sorted(zip(labels, sums.tolist(), strict=True), key=lambda pair: -pair[1])
    return {label: share / total for label, share in ranked if share > 0}


def _number(matrices: Columns, place: int, taste: Taste, items: Indices, evidence: Floats) -> Number:
    dimension, numbers = matrices.numeric[place], matrices.numbers[items, place]
    known = ~np.isnan(numbers)
    points = matrices.middles[place] + matrices.deviations[place] * taste.points[place][taste.peaks[place] > 0]
    mean, spread = _moments(numbers[known], evidence[known])
    shown, _ = _moments(numbers[known], np.ones(int(known.sum())))
    return Number(
        float(taste.strengths[len(matrices.categorical) + place]),
        [dimension.original(point) for point in points.tolist()],
        mean,
        spread,
        None if mean is None else dimension.original(mean),
        None if shown is None else dimension.original(shown),
    )


def _moments(numbers: Floats, weights: Floats) -> tuple[float | None, float | None]:
    total = float(weights.sum())
    if total == 0:
        return None, None
    mean = float((weights * numbers).sum()) / total
    return mean, float(np.sqrt((weights * (numbers - mean) ** 2).sum() / total))
