"""The ground: what every part of an evaluation stands on.

In: a log. Out: its folded histories, laid out over the space of values, and the split of its days.
"""

from typing import NamedTuple

from flink_job.evaluate.histories import Folded, Histories, histories
from flink_job.evaluate.log import Log
from flink_job.evaluate.occasions import Occasions, Table, occasions, table
from flink_job.evaluate.offer import Offer, offer
from flink_job.evaluate.penchant import RETENTION_DAYS
from flink_job.evaluate.space import Space, space
from flink_job.evaluate.split import Period, Split, split


class Ground(NamedTuple):
    """A log, folded and laid out."""

    log: Log
    histories: Histories
    space: Space
    batches: Table
    offer: Offer
    split: Split

    @property
    def by_user(self) -> list[list[Folded]]:
        """Each user's batches, by place."""
        return list(self.histories.by_user.values())

    @property
    def users(self) -> int:
        """How many users there are."""
        return len(self.batches.users)

    def occasions(self, period: Period) -> Occasions:
        """The occasions of a period."""
        return occasions(self.batches, self.log, self.offer.rows, period)


def ground(log: Log, held_out: int | None = None) -> Ground:
    """Lay a log out. Raises LogUnavailable or SettingsError when it is too short."""
    found = histories(log, RETENTION_DAYS)
    seen = (one.statistics for own in found.by_user.values() for one in own)
    values = space(log.catalogue, seen, log.items.values())
    batches = table(found.by_user, values)
    return Ground(log, found, values, batches, offer(log.items, values), split(*found.days, held_out))
