"""Users of whom rows are stored: what the benches of reads, writes and the API ask for.

In: items, how many users and dates. Out: one session per user and date, played by the simulated traffic and folded as
the job would, so that categories are as many, and as unequal, as in traffic.
"""

import datetime
import zoneinfo
from functools import cache

import msgspec
import numpy as np

from cql.rows import BatchKey
from flink_job.local.traffic.columns import columns
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.listings import Listings
from flink_job.local.traffic.sessions import Session, Sessions
from flink_job.local.traffic.traffic import Traffic
from udfs.catalogues.catalogue import values
from udfs.events.batch import Batch, day_of
from udfs.statistics.fold import Delta, Fold

Stored = list[tuple[BatchKey, Delta]]
"""The rows of one user, newest date first."""

_NOON = datetime.time(12)
_NOON_S = 12 * 3_600

_encode = msgspec.json.Encoder().encode


def stored(items: Items, users: int, dates: int, last: datetime.date) -> dict[str, Stored]:
    """The rows of each user for the `dates` up to `last`; equal arguments, equal rows."""
    sessions, deltas, rng = _sessions(items), _Deltas(items), np.random.default_rng(users)
    zone = zoneinfo.ZoneInfo(items.catalogue.time_zone)
    found: dict[str, Stored] = {}
    for age in range(dates):
        date = last - datetime.timedelta(days=age)
        at = datetime.datetime.combine(date, _NOON, zone).timestamp()
        batch = Batch(day_of(date), _NOON.hour)
        for session in sessions.play(list(range(users)), at, rng):
            user_id = session.user.user_id
            found.setdefault(user_id, []).append((BatchKey(user_id, batch), deltas.of(session)))
    return found


class _Deltas:
    """Folds sessions as the job folds batches."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._fold = Fold(items.catalogue).fold
        self._values = cache(lambda position: values(items.catalogue, items.attributes[position]))

    def of(self, session: Session) -> Delta:
        payloads = [
            _encode([str(number), self._items.ids[step.item], step.code, _NOON_S + number, *self._values(step.item)])
            for number, step in enumerate(session.steps)
        ]
        return self._fold(b",".join(payloads))


def _sessions(items: Items) -> Sessions:
    matrices, kind = columns(items), Traffic()
    listings = Listings(matrices, kind.seed, kind.list_size)
    return Sessions(matrices, listings, kind.seed, len(items.catalogue.types))
