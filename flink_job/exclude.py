"""Which events of a batch still count: asked just before the fold, for every batch.

In: a user's batch. Out: its payloads without those that an erasure or an objection excludes. All spans are read when
the job starts and the new ones every few seconds: few users ever have one, so to ask per user would double the work of
the store. All are read again every hour, beside the stream: a span may become readable here long after it was made,
where another data centre took it while the link was down. What is known may be seconds old: an erasure takes effect
five minutes after it was asked for at the soonest, and the rows of the hour in which an objection was made are deleted
under a timestamp that outlasts a late write. Where the store does not say what is new, nothing counts until it does.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from cql.people import People, exclusions
from cql.store import Store
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import StoreError
from udfs.events.batch import DAY_MS, HOUR_MS, Batch, Calendar
from udfs.events.exclusion import Span, kept_joined

_KEPT_MS = 5_000
_OVERLAP_MS = HOUR_MS
"""How far apart the clocks of API and job may be."""
_WHOLE_MS = HOUR_MS


class Exclude:
    """Knows the spans of everybody."""

    def __init__(self, store: Store, catalogue: Catalogue, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds since the epoch."""
        self._store = store
        self._people = People(store, catalogue)
        self._calendar = Calendar(catalogue.time_zone)
        self._clock = clock
        self._asked_ms = 0
        self._whole_ms = 0
        self._reading: asyncio.Task[None] | None = None
        self._asking = asyncio.Lock()
        self._spans: dict[str, dict[int, Span]] = {}

    async def kept(self, user_id: str, batch: Batch, payloads: bytes) -> bytes:
        """The payloads that count, joined by commas; empty where none is left. Raises StoreError."""
        if self._is_old():
            async with self._asking:
                # Many batches wait here at once; the first of them asks.
                if self._is_old():
                    await self._ask()
        spans = self._spans.get(user_id)
        return kept_joined([*spans.values()], self._calendar, batch, payloads) if spans else payloads

    def _is_old(self) -> bool:
        return abs(self._clock() - self._asked_ms) > _KEPT_MS

    async def _ask(self) -> None:
        now_ms = self._clock()
        if abs(now_ms - self._asked_ms) > DAY_MS:
            await self._read_whole(now_ms)
        else:
            self._learn(await self._people.excluded_since(self._asked_ms - _OVERLAP_MS, now_ms))
            self._refresh(now_ms)
        self._asked_ms = now_ms

    def _refresh(self, now_ms: int) -> None:
        is_reading = self._reading is not None and not self._reading.done()
        if abs(now_ms - self._whole_ms) > _WHOLE_MS and not is_reading:
            self._reading = asyncio.create_task(self._read_beside(now_ms))

    async def _read_beside(self, now_ms: int) -> None:
        # The next batch that asks tries again.
        with suppress(StoreError):
            await self._read_whole(now_ms)

    async def _read_whole(self, now_ms: int) -> None:
        self._learn(await asyncio.to_thread(lambda: list(exclusions(self._store))))
        self._whole_ms = now_ms

    def _learn(self, found: Iterable[tuple[str, Span]]) -> None:
        for user_id, span in found:
            # The end of a span may have been set since it was met.
            self._spans.setdefault(user_id, {})[span.began_ms] = span
