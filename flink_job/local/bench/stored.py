"""Users of whom rows are stored: what the benches of reads, writes and the API ask for.

In: a catalogue, how many users and dates. Out: one batch per user and date, folded from simulated sessions, so that
categories are as many and as unequal as in traffic.
"""

import datetime
from itertools import cycle, islice

from cql.rows import BatchKey
from flink_job.evaluate.histories import Folded, histories
from flink_job.evaluate.simulated import simulated
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.rhythm import DAY_S
from flink_job.local.traffic.traffic import Traffic
from udfs.events.batch import Batch, day_of
from udfs.statistics.fold import Delta

Stored = list[tuple[BatchKey, Delta]]
"""The rows of one user, newest date first."""

_DAYS = 30
_EVENTS_PER_USER = 100
_SPARE = 3
"""Simulated users per user taken: the least active are left out, as they have too few sessions."""


def stored(items: Items, users: int, dates: int, last: datetime.date) -> dict[str, Stored]:
    """The rows of each user for the `dates` up to `last`; equal arguments, equal rows."""
    simulated_users = _SPARE * users
    events = _EVENTS_PER_USER * simulated_users
    log = simulated(items, Traffic(users=simulated_users, rate=events / (_DAYS * DAY_S)), events, _DAYS, last)
    ranked = sorted(histories(log, _DAYS + 1).by_user.items(), key=lambda one: -len(one[1]))
    return {name: _dated(name, batches, dates, day_of(last)) for name, batches in ranked[:users]}


def _dated(name: str, batches: list[Folded], dates: int, last: int) -> Stored:
    """One batch per date; a user with fewer sessions begins again with the first."""
    found = enumerate(islice(cycle(batches), dates))
    return [(BatchKey(name, Batch(last - age, batch.number)), _delta(batch)) for age, batch in found]


def _delta(batch: Folded) -> Delta:
    return Delta(1, 1, 1, tuple(batch.statistics.values()))
