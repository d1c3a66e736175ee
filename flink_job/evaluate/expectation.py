"""What each user is expected to choose, by the hidden taste.

In: who was shown which lists, and when. Out: per user and item the chances that a profile counts the item at least
under each type; from them, expected shares and means under any weights.

`of_lists` is the expectation given the very lists that were shown: an item that comes in several lists of one batch
counts once, under the strongest type of all. `long_run` is the expectation over all lists that the user might have been
shown at those moments. The second is what a profile speaks of, "what does this user choose", and so the truth that
intervals are held against; the first tells how much of the distance is due to which lists were drawn: of a user who saw
one list it knows that list, and nothing else. A drifting taste is in both that of the moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from flink_job.evaluate.log import World
from flink_job.evaluate.offer import Offer
from flink_job.evaluate.space import Floats, Indices, Space
from flink_job.local.traffic.columns import Columns, columns
from flink_job.local.traffic.sessions import climb
from flink_job.local.traffic.shown import Shown
from flink_job.local.traffic.tastes import Taste, User, user, user_number, utilities
from flink_job.local.traffic.truth import inclusion
from udfs.events.batch import Calendar

CHUNK = 500
"""Lists that are worked out at a time."""


class Expectation(NamedTuple):
    """E items. `user`, `day`, `item` (E).

    `reached` (E, T): the chance, or the expected number of times, that it counts under this type or a stronger one.
    """

    user: Indices
    day: Indices
    item: Indices
    reached: Floats

    def weights(self, of_type: Sequence[float], of_day: Mapping[int, float]) -> Floats:
        """The expected weight of each: (E). A day that `of_day` does not name weighs nothing."""
        steps = np.diff(np.array([0.0, *of_type]))
        days = np.array([of_day.get(day, 0.0) for day in range(int(self.day.max(initial=0)) + 1)])
        found: Floats = (self.reached @ steps) * days[self.day]
        return found


class Truth(NamedTuple):
    """Of what users are expected to choose: `shares` (U, S), and `means` (U, M) of numbers; NaN where it is nothing."""

    shares: Floats
    means: Floats


class People:
    """The users of a world; each is drawn once."""

    def __init__(self, world: World) -> None:
        """`matrices`: the columns of the world's items."""
        self.matrices: Columns = columns(world.items)
        self._seed = world.seed
        self.user = cache(self._user)

    def _user(self, name: str) -> User:
        return user(self.matrices, self._seed, user_number(name))


class Part(NamedTuple):
    """Lists of one length: who (P), day and batch (P, 2), items (P, L), and `reached` (P, L, T)."""

    user: Indices
    batch: Indices
    items: Indices
    reached: Floats


def truth(found: Expectation, weights: Floats, users: int, offer: Offer, space: Space) -> Truth:
    """Expected shares and means under these weights of the items."""
    by_item = csr_array((weights, (found.user, found.item)), (users, len(offer.slots)))
    masses = (by_item @ offer.incidence(space.size)).toarray()
    totals = space.sums(masses)[:, space.owner]
    known = ~np.isnan(offer.numbers)
    sums, counts = by_item @ np.where(known, offer.numbers, 0.0), by_item @ known.astype(np.float64)
    return Truth(_ratio(masses, totals), _ratio(sums, counts))


def of_lists(world: World, people: People, shown: Iterable[Shown], users: Mapping[str, int]) -> Expectation:
    """The expectation given the lists of these users (place by id); lists of others are left out."""
    groups: defaultdict[tuple[int, int], list[Shown]] = defaultdict(list)
    for one in shown:
        if one.user_id in users:
            groups[len(one.items), len(one.chosen)].append(one)
    parts = [
        _part(world, people, users, own[start : start + CHUNK], chosen)
        for (_, chosen), own in groups.items()
        for start in range(0, len(own), CHUNK)
    ]
    return _once(parts, len(world.items.catalogue.types))


def reached(people: People, tastes: list[Taste], items: Indices, types: int) -> tuple[Floats, Floats]:
    """The odds of each item to be chosen (P, L), and the chance to reach each type once it is (P, L, T)."""
    utility = utilities(people.matrices, tastes, np.arange(len(tastes)), items)
    ceilings = np.array([taste.ceiling for taste in tastes])[:, None]
    odds: Floats = np.exp(utility - utility.max(axis=1, keepdims=True))
    return odds, climb(utility, ceilings)[..., None] ** np.arange(types)


def _part(world: World, people: People, users: Mapping[str, int], shown: list[Shown], chosen: int) -> Part:
    catalogue, positions = world.items.catalogue, world.items.positions
    calendar = Calendar(catalogue.time_zone)
    items = np.array([[positions[item] for item in one.items] for one in shown], dtype=np.int64)
    tastes = [people.user(one.user_id).taste(one.at.timestamp()) for one in shown]
    odds, further = reached(people, tastes, items, len(catalogue.types))
    moments = [round(one.at.timestamp() * 1000) for one in shown]
    batches = np.array([calendar.batch(ms, ms) for ms in moments], dtype=np.int64)
    owners = np.array([users[one.user_id] for one in shown], dtype=np.int64)
    return Part(owners, batches, items, inclusion(odds, chosen)[..., None] * further)


def _once(parts: list[Part], types: int) -> Expectation:
    """An item that comes several times in a batch of a user becomes one entry."""
    columns_ = [np.concatenate([np.zeros(0, dtype=np.int64), *own]) for own in zip(*map(_flat, parts), strict=True)]
    keys = np.array(columns_ or [np.zeros(0, dtype=np.int64)] * 4)
    found = np.concatenate([np.zeros((0, types)), *(part.reached.reshape(-1, types) for part in parts)])
    order = np.lexsort(keys[::-1])
    keys = keys[:, order]
    starts = np.flatnonzero(np.append(True, np.any(keys[:, 1:] != keys[:, :-1], axis=0))[: len(order)])
    missed = np.log1p(-np.minimum(found[order], 1.0 - 1e-12))
    once = -np.expm1(np.add.reduceat(missed, starts, axis=0)) if len(starts) else found
    return Expectation(keys[0, starts], keys[1, starts], keys[3, starts], once)


def _flat(part: Part) -> Iterator[Indices]:
    shape = part.items.shape
    for column in (part.user, part.batch[:, 0], part.batch[:, 1]):
        yield np.broadcast_to(column[:, None], shape).ravel()
    yield part.items.ravel()


def _ratio(above: Floats, below: Floats) -> Floats:
    found: Floats = np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), np.nan)
    return found
