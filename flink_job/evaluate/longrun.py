"""The long run: what users are expected to choose, over all lists that they might be shown at given moments.

In: the moments at which users were shown lists, with their weights. Out: an `Expectation` by stratified Monte Carlo:
each search of a user has lists in proportion to its chance, at least one; what is chosen from a list is exact. A user
with more evidence has more lists, so that the error stays well inside of the interval that is held against it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from flink_job.evaluate.expectation import CHUNK, Expectation, People, reached
from flink_job.evaluate.log import World
from flink_job.evaluate.space import Floats, Indices
from flink_job.local.traffic.listings import Listings, Searches
from flink_job.local.traffic.sessions import CHOICES
from flink_job.local.traffic.tastes import Taste
from flink_job.local.traffic.truth import inclusion

LEAST = 100
"""Lists of a user, at least."""
PER_LIST = 8
"""Lists for each that the user was shown."""
MOMENTS = 8
"""Points in time at which a drifting taste is looked at."""

Moments = Sequence[tuple[float, float]]
"""Times in s since the epoch with their weights, ascending."""


class Draw(NamedTuple):
    """A list to be drawn: of which user, by which taste, from which items, and what it weighs."""

    user: int
    taste: Taste
    finds: Indices
    weight: float


def long_run(
    world: World,
    people: People,
    moments: Mapping[str, Moments],
    users: Mapping[str, int],
    rng: np.random.Generator,
    size: int,
) -> Expectation:
    """The expectation of these users (place by id), all under day 0; `size`: items on a page."""
    listings = Listings(people.matrices, world.seed, size)
    plan = [draw for name, own in moments.items() for draw in _draws(people, listings, name, users[name], own)]
    types = len(world.items.catalogue.types)
    parts = [_drawn(people, listings, plan[start : start + CHUNK], types, rng) for start in range(0, len(plan), CHUNK)]
    user, item = (np.concatenate([np.zeros(0, dtype=np.int64), *(part[place] for part in parts)]) for place in (0, 1))
    return Expectation(
        user, np.zeros_like(user), item, np.concatenate([np.zeros((0, types)), *(part[2] for part in parts)])
    )


def _draws(people: People, listings: Listings, name: str, place: int, moments: Moments) -> Iterator[Draw]:
    who, lists = people.user(name), max(LEAST, PER_LIST * len(moments))
    if who.second is None:
        yield from _searched(listings.searches(who.first), who.first, place, 1.0, lists)
        return
    first, second = listings.searches(who.first), listings.searches(who.second)
    for at in _spread(moments):
        moved, taste = who.drift(at), who.taste(at)
        for searches, chance in ((first, 1.0 - moved), (second, moved)):
            yield from _searched(searches, taste, place, chance / MOMENTS, lists)


def _spread(moments: Moments) -> list[float]:
    """Moments that stand for all of them: equally many weights lie between two."""
    times, weights = np.array(moments, dtype=np.float64).T
    middle = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
    found: list[float] = np.interp((np.arange(MOMENTS) + 0.5) / MOMENTS, middle, times).tolist()
    return found


def _searched(searches: Searches, taste: Taste, place: int, chance: float, lists: int) -> Iterator[Draw]:
    for own, finds in zip(np.diff([0.0, *searches.ends]).tolist(), searches.finds, strict=True):
        times = max(1, round(lists * own * chance))
        for _ in range(times):
            yield Draw(place, taste, finds, own * chance / times)


def _drawn(
    people: People, listings: Listings, draws: list[Draw], types: int, rng: np.random.Generator
) -> tuple[Indices, Indices, Floats]:
    pages = listings.pages([Searches([1.0], [draw.finds]) for draw in draws], rng)
    odds, further = reached(people, [draw.taste for draw in draws], pages.items, types)
    odds = np.where(pages.repeated, 0.0, odds)
    chosen = sum(share * inclusion(odds, count + 1) for count, share in enumerate(CHOICES))
    weights = np.array([draw.weight for draw in draws])
    found = (chosen * weights[:, None])[..., None] * further
    users = np.repeat(np.array([draw.user for draw in draws], dtype=np.int64), pages.items.shape[1])
    return users, pages.items.ravel(), found.reshape(-1, types)
