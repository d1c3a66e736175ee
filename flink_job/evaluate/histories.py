"""Histories: records -> what the store would hold of each user, by the very decode, cap and fold of the job."""

from collections.abc import Mapping
from typing import NamedTuple

from flink_job.evaluate.log import Log
from flink_job.verify.recount import Recount, recount
from udfs.errors import LogUnavailable
from udfs.events.payload import together
from udfs.model.posterior import Row
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Fold
from udfs.statistics.statistic import Statistic


class Folded(NamedTuple):
    """One batch of a user. `row` is what the store holds of it, `statistics` the same by name before encoding."""

    day: int
    number: int
    row: Row
    statistics: Mapping[str, Statistic]


class Histories(NamedTuple):
    """Batches by user in the order of time, and what the recount refused."""

    by_user: dict[str, list[Folded]]
    recount: Recount

    @property
    def days(self) -> tuple[int, int]:
        """The first day, and the day after the last."""
        days = [folded.day for batches in self.by_user.values() for folded in batches]
        return min(days), max(days) + 1


def histories(log: Log, retention_days: int) -> Histories:
    """Fold the whole log. Raises LogUnavailable when no event of it counts."""
    found, fold = recount(log.records, log.catalogue, retention_days), Fold(log.catalogue)
    names = log.catalogue.names
    by_user: dict[str, list[Folded]] = {}
    for key in sorted(found.payloads):
        statistics = dict(zip(names, fold.fold(together(found.payloads[key])).statistics, strict=True))
        cells = {name: encode(statistic) for name, statistic in statistics.items()}
        by_user.setdefault(key.user_id, []).append(Folded(*key.batch, (key.batch.date, cells), statistics))
    if not by_user:
        why = ", ".join(f"{count} {reason}" for reason, count in found.reasons.items()) or "it is empty"
        message = f"no event of the log counts: {why}"
        raise LogUnavailable(message)
    return Histories(by_user, found)
