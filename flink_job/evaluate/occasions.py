"""Occasions: a user on a day. What is known is all before that day; what follows is what the user does on it.

In: histories, what was shown, a period. Out: the batches as a sparse table over the space, and the occasions of the
period with the counts that follow and the lists that are shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from flink_job.evaluate.histories import Folded
from flink_job.evaluate.log import Log
from flink_job.evaluate.space import Floats, Indices, Space
from flink_job.evaluate.split import Period
from flink_job.local.traffic.shown import Shown
from udfs.events.batch import Calendar

NOTHING = -1
"""Fills up the rows of lists that are shorter than the longest."""


class Table(NamedTuple):
    """N batches in the order of users and time. `user`, `day` (N). `counts` (N, S): items per slot.

    `items` (N): how many items each batch counts, at most; a value that is missing does not count in its dimension.
    """

    users: list[str]
    user: Indices
    day: Indices
    items: Floats
    counts: csr_array


class Lists(NamedTuple):
    """P lists that were shown. `occasion` (P). `items` (P, L): rows of the table of items, or NOTHING.

    `chosen` (P): the place of the item that was chosen first.
    """

    occasion: Indices
    items: Indices
    chosen: Indices


class Occasions(NamedTuple):
    """O users on days. `user`, `day` (O). `follows` (O, S): items per slot that the user acted upon on that day."""

    user: Indices
    day: Indices
    follows: csr_array
    lists: Lists

    def pick(self, chosen: npt.NDArray[np.bool_]) -> "Occasions":
        """These occasions alone, with their lists."""
        places, here = np.cumsum(chosen) - 1, chosen[self.lists.occasion]
        lists = Lists(places[self.lists.occasion[here]], self.lists.items[here], self.lists.chosen[here])
        return Occasions(self.user[chosen], self.day[chosen], self.follows[chosen], lists)


def table(by_user: Mapping[str, Sequence[Folded]], space: Space) -> Table:
    """All batches."""
    users, rows = list(by_user), [(user, one) for user, own in enumerate(by_user.values()) for one in own]
    found = [(row, *entry) for row, (_, one) in enumerate(rows) for entry in space.entries(one.statistics)]
    row, slot, count = np.array(found, dtype=np.int64).reshape(-1, 3).T
    counts = csr_array((count.astype(np.float64), (row, slot)), (len(rows), space.size))
    user = np.array([user for user, _ in rows], dtype=np.int64)
    day = np.array([one.day for _, one in rows], dtype=np.int64)
    items = np.array([max(statistic.n for statistic in one.statistics.values()) for _, one in rows], dtype=np.float64)
    return Table(users, user, day, items, counts)


def occasions(batches: Table, log: Log, rows: Mapping[str, int], period: Period) -> Occasions:
    """The occasions of a period; `rows`: the row of each item by its id."""
    number = {name: place for place, name in enumerate(batches.users)}
    calendar = Calendar(log.catalogue.time_zone)
    dated = [(day, one) for one in log.shown if period.first <= (day := _day(calendar, one)) < period.end]
    shown = [(day, known) for day, one in dated if one.user_id in number and (known := usable(one, rows))]
    acted = np.flatnonzero((batches.day >= period.first) & (batches.day < period.end))
    keys = sorted(
        {*zip(batches.user[acted].tolist(), batches.day[acted].tolist(), strict=True)}
        | {(number[one.user_id], day) for day, one in shown}
    )
    place = {key: index for index, key in enumerate(keys)}
    owners = [place[key] for key in zip(batches.user[acted].tolist(), batches.day[acted].tolist(), strict=True)]
    gather = csr_array((np.ones(len(owners)), (owners, acted)), (len(keys), len(batches.user)))
    user, day = np.array(keys, dtype=np.int64).reshape(-1, 2).T
    seen = _lists([(place[number[one.user_id], at], one) for at, one in shown], rows)
    return Occasions(user, day, gather @ batches.counts, seen)


def usable(shown: Shown, rows: Mapping[str, int]) -> Shown | None:
    """A list without the items of which nothing is known; None where no choice is left."""
    known = [item for item in shown.items if item in rows]
    if len(known) < 2 or not shown.chosen or shown.chosen[0] not in known:
        return None
    return msgspec.structs.replace(shown, items=known)


def _day(calendar: Calendar, shown: Shown) -> int:
    return calendar.day(round(shown.at.timestamp() * 1000))[0]


def _lists(shown: Iterable[tuple[int, Shown]], rows: Mapping[str, int]) -> Lists:
    pairs = list(shown)
    items = np.full((len(pairs), max((len(one.items) for _, one in pairs), default=1)), NOTHING, dtype=np.int64)
    for place, (_, one) in enumerate(pairs):
        items[place, : len(one.items)] = [rows[item] for item in one.items]
    chosen = np.array([one.items.index(one.chosen[0]) for _, one in pairs], dtype=np.int64)
    return Lists(np.array([occasion for occasion, _ in pairs], dtype=np.int64), items, chosen)


def past(batches: Table, user: Indices, day: Indices, weight_of_age: Sequence[float] | Floats) -> csr_array:
    """(occasions, batches): the weight of each batch before the day, by its age; age 0 is the day before.

    Batches older than there are weights have none.
    """
    starts = np.searchsorted(batches.user, np.arange(len(batches.users) + 1))
    ends = np.array(
        [
            np.searchsorted(batches.day[starts[u] : starts[u + 1]], d) + starts[u]
            for u, d in zip(user, day, strict=True)
        ],
        dtype=np.int64,
    )
    lengths = ends - starts[user]
    owner = np.repeat(np.arange(len(user)), lengths)
    columns = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[user][owner]
    by_age, age = np.asarray(weight_of_age), day[owner] - 1 - batches.day[columns]
    weights = np.where(age < len(by_age), by_age[np.minimum(age, len(by_age) - 1)], 0.0)
    return csr_array((weights, (owner, columns)), (len(user), len(batches.user)))
