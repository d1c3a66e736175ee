"""Sessions: a user opens a few pages, chooses from each, and goes further with some of what was chosen.

In: users and a time. Out: sessions of steps, each one event to be. On a page of items with utilities u the user chooses
k items by a conditional logit without replacement (the k largest of u + Gumbel noise), k of 1 to 3 by CHOICES whatever
is shown. A chosen item gets an event of the weakest type; each stronger type follows with the chance `climb`, which
rises with the item's utility relative to the best the user could wish for.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flink_job.local.traffic.columns import Columns, Floats, Indices
from flink_job.local.traffic.listings import Listings, Pages, Searches
from flink_job.local.traffic.tastes import Taste, User, user, utilities

CHOICES = (0.5, 0.3, 0.2)
"""Shares of pages from which 1, 2 and 3 items are chosen."""
MEAN_PAGES = 4.0
MAX_PAGES = 15
CLIMB_BASE, CLIMB_SLOPE = 0.05, 0.35
_REMEMBERED_USERS = 20_000


class Page(NamedTuple):
    """A list that was shown: positions of its items, which of them repeat, and the chosen ones in order."""

    items: Indices
    repeated: NDArray[np.bool_]
    chosen: list[int]

    @property
    def shown(self) -> list[int]:
        """The positions without repetitions, in the order of the page."""
        found: list[int] = self.items[~self.repeated].tolist()
        return found


class Step(NamedTuple):
    """An event to be: whose, on which item (position), of which type (code); `page` on the first step of each page."""

    user_id: str
    item: int
    code: int
    page: Page | None


class Session(NamedTuple):
    """A user's steps in order; at least one."""

    user: User
    steps: list[Step]


class Visitor(NamedTuple):
    """A user with the searches that suit the first and the second taste."""

    user: User
    searches: tuple[Searches, Searches]


class Choices(NamedTuple):
    """What is chosen from P pages. `items` (P, 3): positions, best first.

    `codes` (P, 3): the strongest type each would reach.

    `counts` (P): how many of the three are chosen.
    """

    items: Indices
    codes: Indices
    counts: Indices


class Sessions:
    """Plays sessions of users in the world of a seed, for a catalogue with so many types."""

    def __init__(self, columns: Columns, listings: Listings, seed: int, types: int) -> None:
        """`types`: how many types the catalogue has, weakest first."""
        self._columns = columns
        self._listings = listings
        self._seed = seed
        self._types = types
        self._visitor = lru_cache(maxsize=_REMEMBERED_USERS)(self._visitor_of)

    def play(self, numbers: list[int], at: float, rng: np.random.Generator) -> list[Session]:
        """One session per user number, begun at `at` (s since the epoch). Many at once are much cheaper."""
        visitors = [self._visitor(number) for number in numbers]
        lengths = np.minimum(rng.geometric(1 / MEAN_PAGES, len(visitors)), MAX_PAGES)
        owners = np.repeat(np.arange(len(visitors)), lengths)
        searches = [visitor.searches[rng.random() < visitor.user.drift(at)] for visitor in visitors]
        pages = self._listings.pages([searches[owner] for owner in owners.tolist()], rng)
        choices = self._choose(pages, [visitor.user.taste(at) for visitor in visitors], owners, rng)
        chosen = _chosen(pages, choices)
        return [
            _session(visitor.user, islice(chosen, length))
            for visitor, length in zip(visitors, lengths.tolist(), strict=True)
        ]

    def _choose(self, pages: Pages, tastes: list[Taste], owners: Indices, rng: np.random.Generator) -> Choices:
        worth = utilities(self._columns, tastes, owners, pages.items)
        keys = np.where(pages.repeated, -np.inf, worth + rng.gumbel(size=worth.shape))
        best = np.argsort(-keys, axis=1)[:, : len(CHOICES)]
        ceilings = np.array([taste.ceiling for taste in tastes])
        chances = climb(np.take_along_axis(worth, best, axis=1), ceilings[owners][:, None])
        climbs = rng.random((*best.shape, self._types - 1)) < chances[..., None]
        counts = 1 + np.searchsorted(np.cumsum(CHOICES[:-1]), rng.random(len(owners)), "right")
        return Choices(
            np.take_along_axis(pages.items, best, axis=1),
            np.cumprod(climbs, axis=2).sum(axis=2),
            np.minimum(counts, (~pages.repeated).sum(axis=1)),
        )

    def _visitor_of(self, number: int) -> Visitor:
        who = user(self._columns, self._seed, number)
        first = self._listings.searches(who.first)
        return Visitor(who, (first, self._listings.searches(who.second) if who.second else first))


def climb(utility: Floats, ceiling: Floats | float) -> Floats:
    """The chance that a chosen item gets an event of the next stronger type, once more at each type."""
    found: Floats = CLIMB_BASE + CLIMB_SLOPE * utility / np.maximum(ceiling, 1e-9)
    return found


def _chosen(pages: Pages, choices: Choices) -> Iterator[tuple[Page, list[int]]]:
    rows = zip(*pages, *(part.tolist() for part in choices), strict=True)
    for shown, repeated, best, codes, count in rows:
        yield Page(shown, repeated, best[:count]), codes[:count]


def _session(who: User, chosen: Iterable[tuple[Page, list[int]]]) -> Session:
    user_id = who.user_id
    return Session(who, [step for page, codes in chosen for step in _steps(user_id, page, codes)])


def _steps(user_id: str, page: Page, codes: list[int]) -> Iterator[Step]:
    first: Page | None = page
    for item, strongest in zip(page.chosen, codes, strict=True):
        for code in range(strongest + 1):
            yield Step(user_id, item, code, first)
            first = None
