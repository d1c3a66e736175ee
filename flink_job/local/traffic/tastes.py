"""The hidden taste of a user: what each item is worth to them, in nats of a conditional logit.

In: the items' `Columns`, a seed and the number of a user. Out: a `User`, the same for ever. A taste grows around one to
three ideal items drawn from stock, so that its parts go together. A dimension of strength s is worth s for an item in
the favourite category, less for further favourites; for a number it is worth s * exp(-d^2 / 2 w^2) at a distance d from
a preferred point, w = WIDTH standard deviations of the stock, and the better of two points counts. A user cares for a
dimension with chance CARES; the strength is then gamma with shape 2. A missing attribute is worth 0.
"""

import math
from typing import NamedTuple

import numpy as np

from flink_job.local.traffic.columns import Columns, Floats, Indices
from udfs.errors import QueryError

WIDTH = 0.5
CARES = 0.6
MEAN_STRENGTH = 1.6
FAVOURITES = (1.0, 0.7, 0.5)
"""What the category of the first, second and third ideal item is worth, in strengths."""
DRIFTS, TWO_MODES, STOPS = 0.15, 0.25, 0.15
"""Shares of users who drift, of others who have two preferred points, and of users who leave after buying."""

_DAY_S = 86_400.0
_PREFIX = "user-"


class Taste(NamedTuple):
    """One taste over `Columns` of C categorical and M numeric dimensions.

    `strengths` (C + M): the most that each dimension is worth, in nats. `worth` (width): nats per category, 0 at place
    0. `points` (M, 2): preferred points in standard deviations. `peaks` (M, 2): nats at each point.
    """

    strengths: Floats
    worth: Floats
    points: Floats
    peaks: Floats

    @property
    def ceiling(self) -> float:
        """No item is worth more than this, in nats."""
        return float(self.strengths.sum())

    def utility(self, columns: Columns, items: Indices) -> Floats:
        """The utility in nats of each of `items` (positions)."""
        found: Floats = utilities(columns, [self], np.zeros(1, dtype=np.int64), items[None])[0]
        return found


class User(NamedTuple):
    """A user: a first taste, perhaps a second one to which they drift, and whether they leave after buying."""

    number: int
    first: Taste
    second: Taste | None
    period_s: float
    phase: float
    stops: bool

    @property
    def user_id(self) -> str:
        """The id in events."""
        return user_id(self.number)

    def drift(self, at: float) -> float:
        """How far the user has moved to the second taste (1) at `at`, in s since the epoch; later they move back."""
        if self.second is None:
            return 0.0
        return 0.5 - 0.5 * math.cos(2 * math.pi * (at / self.period_s + self.phase))

    def taste(self, at: float) -> Taste:
        """The taste at a time: both tastes side by side, each as strong as the drift makes it."""
        if self.second is None:
            return self.first
        moved = self.drift(at)
        return _blend(self.first, self.second, moved)


def utilities(columns: Columns, tastes: list[Taste], owners: Indices, items: Indices) -> Floats:
    """The utility in nats of `items` (P, L), each row to the taste at the place that `owners` (P) says."""
    worth = np.array([taste.worth for taste in tastes]).ravel()
    points = np.array([taste.points for taste in tastes])[owners, None] / WIDTH
    peaks = np.array([taste.peaks for taste in tastes])[owners, None]
    found: Floats = worth[columns.slots[items] + (owners * columns.width)[:, None, None]].sum(axis=2)
    distances = (columns.scores[items] / WIDTH)[..., None] - points
    found += (peaks * np.exp(-0.5 * distances * distances)).max(axis=3, initial=0.0).sum(axis=2)
    return found


def user(columns: Columns, seed: int, number: int) -> User:
    """The user with this number in the world of this seed."""
    rng = np.random.default_rng([seed, number])
    drifts, modes, period, phase, stops = rng.random(5).tolist()
    first = taste(columns, rng, two_modes=drifts >= DRIFTS and modes < TWO_MODES)
    second = taste(columns, rng, two_modes=False) if drifts < DRIFTS else None
    # One way takes 20 to 40 days.
    return User(number, first, second, (40 + 40 * period) * _DAY_S, phase, stops < STOPS)


def taste(columns: Columns, rng: np.random.Generator, two_modes: bool) -> Taste:
    """Draw a taste around ideal items from stock; with one mode the second preferred point is worth nothing."""
    categorical, total = len(columns.categorical), len(columns.categorical) + len(columns.numeric)
    strengths = rng.gamma(2.0, MEAN_STRENGTH / 2, total) * (rng.random(total) < CARES)
    ideals = rng.integers(len(columns.slots), size=len(FAVOURITES))
    worth = np.zeros(columns.width)
    for share, ideal in zip(FAVOURITES, ideals, strict=True):
        slots = columns.slots[ideal]
        worth[slots] = np.maximum(worth[slots], share * strengths[:categorical])
    worth[0] = 0.0
    points = columns.scores[ideals[:2]].T
    known = np.isfinite(points)
    peaks = strengths[categorical:, None] * known * (True, two_modes)
    return Taste(strengths, worth, np.where(known, points, 0.0), peaks)


def user_id(number: int) -> str:
    """The id of the user with this number."""
    return f"{_PREFIX}{number:05d}"


def user_number(name: str) -> int:
    """The inverse of `user_id`. Raises QueryError for an id that the traffic does not make."""
    digits = name.removeprefix(_PREFIX)
    field = "user"
    if not (digits.isascii() and digits.isdecimal() and user_id(int(digits)) == name):
        message = f"{name!r} is not a simulated user; their ids look like {user_id(7)}"
        raise QueryError(field, message)
    return int(digits)


def _blend(first: Taste, second: Taste, moved: float) -> Taste:
    """A drifting user has one mode in each taste, so the two points of the blend are one of each."""
    return Taste(
        (1 - moved) * first.strengths + moved * second.strengths,
        (1 - moved) * first.worth + moved * second.worth,
        np.stack([first.points[:, 0], second.points[:, 0]], axis=1),
        np.stack([(1 - moved) * first.peaks[:, 0], moved * second.peaks[:, 0]], axis=1),
    )
