"""How far the job has come, asked of the store at most once a second: every answer names it, few answers need to ask.

In: a reader and a clock. Out: the instant through which everything that the log took is in the store.
"""

import datetime
import math
from collections.abc import Callable, Iterable

import msgspec

from api.metrics import FRESH_THROUGH
from api.source import Source
from cql.rows import Progress, fresh_through_ms
from udfs.errors import StoreError
from udfs.events.batch import instant

_KEPT_SECONDS = 1.0


class Freshness(msgspec.Struct, frozen=True):
    """`fresh_through` is the minimum over the log's partitions, None before the job's first report."""

    fresh_through: datetime.datetime | None
    stale: bool


class FreshnessReader:
    """Remembers the last answer for a second, per generation: requests under way at a switch ask for two."""

    def __init__(self, source: Source, clock: Callable[[], float], stale_after_seconds: float) -> None:
        """`clock` gives seconds since the epoch; an answer older than `stale_after_seconds` is stale."""
        self._source = source
        self._clock = clock
        self._stale_after = stale_after_seconds
        self._asked: dict[int, float] = {}
        self._through_ms: dict[int, int | None] = {}

    async def read(self, generation: int) -> Freshness:
        """How fresh a generation is now. Where the store cannot be asked, what it said last."""
        now = self._clock()
        if not 0 <= now - self._asked.get(generation, -math.inf) < _KEPT_SECONDS:
            if generation in self._through_ms:
                # Set before asking, so that requests that come meanwhile do not ask as well.
                self._asked[generation] = now
            await self._ask(generation)
            self._asked[generation] = now
        through_ms = self._through_ms.get(generation)
        if through_ms is None:
            return Freshness(None, stale=True)
        through = instant(through_ms)
        return Freshness(through, stale=now - through_ms / 1000 > self._stale_after)

    async def _ask(self, generation: int) -> None:
        try:
            progress = await self._source.progress(generation)
        except StoreError:
            # Stale is better than none: the profile itself may still be readable.
            return
        self._through_ms[generation] = told_through_ms(progress)


def told_through_ms(progress: Iterable[Progress]) -> int | None:
    """See `fresh_through_ms`; told to Prometheus as well."""
    found = fresh_through_ms(progress)
    FRESH_THROUGH.set((found or 0) / 1000)
    return found
