"""What each user is expected to choose, by the hidden taste: the truth that intervals are held against.

In: the lists that were shown, and the world of their users. Out: per (user, batch, item) the chances that the profile
counts the item at least under each type; from them, expected shares and means under any weights.

It is the expectation of just what a profile computes, given what was shown: an item that comes in several lists of one
batch counts once, under the strongest type of all; a date weighs as the decay says; a type weighs as the question says;
a drifting taste is that of the moment. So a profile differs from it by the luck of the choices alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from flink_job.evaluate.log import World
from flink_job.evaluate.space import Floats, Indices
from flink_job.local.traffic.columns import Columns, columns
from flink_job.local.traffic.sessions import climb
from flink_job.local.traffic.shown import Shown
from flink_job.local.traffic.tastes import User, user, user_number, utilities
from flink_job.local.traffic.truth import inclusion
from udfs.events.batch import Calendar

_CHUNK = 500


class Expectation(NamedTuple):
    """E items of batches. `user`, `day`, `item` (E).

    `reached` (E, T): the chance that the item counts under this type or a stronger one.
    """

    user: Indices
    day: Indices
    item: Indices
    reached: Floats

    def weights(self, of_type: Sequence[float], of_day: Mapping[int, float]) -> Floats:
        """The expected weight of each item: (E). A day that `of_day` does not name weighs nothing."""
        steps = np.diff(np.array([0.0, *of_type]))
        days = np.array([of_day.get(day, 0.0) for day in range(int(self.day.max(initial=0)) + 1)])
        found: Floats = (self.reached @ steps) * days[self.day]
        return found

    def by_user(self, weights: Floats, users: int, items: int) -> csr_array:
        """The weights laid out as (users, items)."""
        return csr_array((weights, (self.user, self.item)), (users, items))


class _Part(NamedTuple):
    """Lists of one length and number of choices: who (P), in which batch (P, 2), items (P, L), chances (P, L, T)."""

    user: Indices
    batch: Indices
    items: Indices
    reached: Floats


def expectation(world: World, shown: Iterable[Shown], users: Mapping[str, int]) -> Expectation:
    """The expectation of lists of these users (place by id); lists of others are left out."""
    groups: defaultdict[tuple[int, int], list[Shown]] = defaultdict(list)
    for one in shown:
        if one.user_id in users:
            groups[len(one.items), len(one.chosen)].append(one)
    people = _People(columns(world.items), world.seed)
    parts = [
        _part(world, people, users, own[start : start + _CHUNK], chosen)
        for (_, chosen), own in groups.items()
        for start in range(0, len(own), _CHUNK)
    ]
    return _together(parts, len(world.items.catalogue.types))


class _People:
    """The users of a world; each is drawn once."""

    def __init__(self, matrices: Columns, seed: int) -> None:
        self.matrices = matrices
        self.user = lru_cache(maxsize=None)(lambda name: user(matrices, seed, user_number(name)))


def _part(world: World, people: _People, users: Mapping[str, int], shown: list[Shown], chosen: int) -> _Part:
    catalogue = world.items.catalogue
    calendar, positions = Calendar(catalogue.time_zone), world.items.positions
    items = np.array([[positions[item] for item in one.items] for one in shown], dtype=np.int64)
    who: list[User] = [people.user(one.user_id) for one in shown]
    tastes = [one.taste(at.at.timestamp()) for one, at in zip(who, shown, strict=True)]
    utility = utilities(people.matrices, tastes, np.arange(len(shown)), items)
    ceilings = np.array([taste.ceiling for taste in tastes])[:, None]
    odds = np.exp(utility - utility.max(axis=1, keepdims=True))
    further = climb(utility, ceilings)[..., None] ** np.arange(len(catalogue.types))
    moments = [round(one.at.timestamp() * 1000) for one in shown]
    batches = np.array([calendar.batch(ms, ms) for ms in moments], dtype=np.int64)
    owners = np.array([users[one.user_id] for one in shown], dtype=np.int64)
    return _Part(owners, batches, items, inclusion(odds, chosen)[..., None] * further)


def _together(parts: list[_Part], types: int) -> Expectation:
    """An item that comes several times in a batch of a user becomes one entry."""
    rows = [np.concatenate([block.ravel() for block in column]) for column in zip(*map(_flat, parts), strict=True)]
    user_, day, hour, item = rows or [np.zeros(0, dtype=np.int64)] * 4
    reached = np.concatenate([np.zeros((0, types)), *(part.reached.reshape(-1, types) for part in parts)])
    order = np.lexsort((item, hour, day, user_))
    keys = np.stack([user_, day, hour, item])[:, order]
    new = np.append(True, np.any(keys[:, 1:] != keys[:, :-1], axis=0))[: len(order)]
    starts = np.flatnonzero(new)
    missed = np.log1p(-np.minimum(reached[order], 1.0 - 1e-12))
    once = -np.expm1(np.add.reduceat(missed, starts, axis=0)) if len(starts) else reached
    return Expectation(keys[0, starts], keys[1, starts], keys[3, starts], once)


def _flat(part: _Part) -> Iterator[Indices]:
    shape = part.items.shape
    for column in (part.user, part.batch[:, 0], part.batch[:, 1]):
        yield np.broadcast_to(column[:, None], shape)
    yield part.items
