"""How far the job has come, asked of the store at most once a second: every answer names it, few answers need to ask.

In: a reader and a clock. Out: the instant through which everything that the log took is in the store.
"""

import datetime
from collections.abc import Callable, Iterable

import msgspec

from api.connection import Deltas
from api.metrics import FRESH_THROUGH
from cql.rows import Progress
from udfs.errors import StoreError

_KEPT_SECONDS = 1.0


class Freshness(msgspec.Struct, frozen=True):
    """`fresh_through` is the minimum over the log's partitions, None before the job's first checkpoint."""

    fresh_through: datetime.datetime | None
    stale: bool


class FreshnessReader:
    """Remembers the last answer for a second."""

    def __init__(self, deltas: Deltas, clock: Callable[[], float], stale_after_seconds: float) -> None:
        """`clock` gives seconds since the epoch; an answer older than `stale_after_seconds` is stale."""
        self._deltas = deltas
        self._clock = clock
        self._stale_after = stale_after_seconds
        self._asked = -1e300
        self._through_ms: int | None = None

    async def read(self) -> Freshness:
        """How fresh the store is now. Where it cannot be asked, what it said last."""
        now = self._clock()
        if not 0 <= now - self._asked < _KEPT_SECONDS:
            # Set before asking, so that requests that come meanwhile do not ask as well.
            self._asked = now
            await self._ask()
        if self._through_ms is None:
            return Freshness(None, stale=True)
        through = datetime.datetime.fromtimestamp(self._through_ms / 1000, datetime.UTC)
        return Freshness(through, stale=now - self._through_ms / 1000 > self._stale_after)

    async def _ask(self) -> None:
        try:
            progress = await self._deltas.progress()
        except StoreError:
            # Stale is better than none: the profile itself may still be readable.
            return
        self._through_ms = through_ms(progress)


def through_ms(progress: Iterable[Progress]) -> int | None:
    """How far the slowest partition has come, None before the job's first checkpoint; told to Prometheus as well."""
    found = min((partition.fresh_through_ms for partition in progress), default=None)
    FRESH_THROUGH.set((found or 0) / 1000)
    return found
