"""Pace: so many writes a second and no more, and fewer while the store is slow.

In: the cap, the latencies of writes as they end, and a clock. Out: how long the next write has to wait. Slots lie
evenly on the time line and at most a twentieth of a second's worth may be taken at once, so no second holds over 5 %
more than the cap. The store's latency only ever lowers the rate: it falls by a third for each second whose 99th
percentile is above the limit, and rises by a twentieth of the cap for each second below it, up to the cap.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from cql.rows import BatchKey
from cql.writer import Places
from udfs.statistics.fold import Delta

_BURST_S = 0.04
_WINDOW_S = 1.0
_FALL = 2 / 3
_RISE = 0.05
_LEAST = 0.05
"""Of the cap: reprocessing slows down but does not stop."""


class Pace:
    """Slots for writes. Belongs to one event loop."""

    def __init__(self, cap: float, limit_s: float, clock: Callable[[], float]) -> None:
        """`cap` writes a second; `limit_s` bounds their 99th percentile; `clock` gives seconds and never goes back."""
        self._cap = self.rate = cap
        self._limit_s = limit_s
        self._clock = clock
        self._next = clock()
        self._window = self._next
        self._latencies: list[float] = []

    def wait_s(self) -> float:
        """Take the next slot; how many seconds it is away."""
        now = self._clock()
        # A slot that was not taken is gone, but for those of the last moment.
        slot = max(self._next, now - _BURST_S)
        self._next = slot + 1 / self.rate
        return max(0.0, slot - now)

    def took(self, seconds: float) -> None:
        """Take note of a write's latency."""
        self._latencies.append(seconds)
        now = self._clock()
        if now - self._window >= _WINDOW_S:
            self._adapt()
            self._window, self._latencies = now, []

    def _adapt(self) -> None:
        ordered = sorted(self._latencies)
        if ordered[int(0.99 * (len(ordered) - 1))] > self._limit_s:
            self.rate = max(self.rate * _FALL, self._cap * _LEAST)
        else:
            self.rate = min(self.rate + self._cap * _RISE, self._cap)


class Writes(Protocol):
    """What writes rows; `cql.writer.Writer` does."""

    async def write(self, key: BatchKey, delta: Delta, now_ms: int, places: Places = ()) -> bool:
        """Upsert one batch."""
        ...


class PacedWriter:
    """A writer that waits for its slot before each try, also one that fails."""

    def __init__(
        self, writer: Writes, pace: Pace, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """`clock` as that of `pace`; `sleep` waits so many seconds."""
        self._writer = writer
        self._pace = pace
        self._clock = clock
        self._sleep = sleep

    async def write(self, key: BatchKey, delta: Delta, now_ms: int, places: Places = ()) -> bool:
        """See `Writer`."""
        await self._sleep(self._pace.wait_s())
        started = self._clock()
        try:
            return await self._writer.write(key, delta, now_ms, places)
        finally:
            self._pace.took(self._clock() - started)


def paced(writer: Writes, rate: int, limit_ms: int, subtasks: int) -> Writes:
    """A writer at this subtask's share of the job's rate; the writer itself where that is 0, which means no cap."""
    if not rate:
        return writer
    pace = Pace(rate / subtasks, limit_ms / 1000, time.monotonic)
    return PacedWriter(writer, pace, time.monotonic, asyncio.sleep)
