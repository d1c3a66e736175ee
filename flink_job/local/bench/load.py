"""Load: questions in a closed loop, or at a rate that does not wait for answers; and how long the answers took.

In: an asynchronous `ask` that says whether it was answered. Out: a `Level`. At a rate, time counts from when a
question was due and not from when it could be sent, so a server that falls behind cannot hide it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count

import msgspec
import numpy as np

BUDGET_MS = 50.0
"""What 99 of 100 answers may take."""

SHARES = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.2)
"""Rates to try, as parts of the closed loop's maximum."""

Ask = Callable[[int], Awaitable[bool]]
"""Ask question number n."""


class Level(msgspec.Struct, frozen=True):
    """`offered` a second (None in a closed loop), `served` a second, `answers` and `failed` in all; milliseconds."""

    offered: float | None
    served: float
    answers: int
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def holds(self) -> bool:
        """Whether all were answered in time."""
        return not self.failed and self.p99_ms <= BUDGET_MS


class _Tally:
    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.failed = 0
        self._began = time.perf_counter()

    async def ask(self, ask: Ask, number: int, due: float) -> None:
        if await ask(number):
            self.milliseconds.append((time.perf_counter() - due) * 1000)
        else:
            self.failed += 1

    def level(self, offered: float | None) -> Level:
        served = len(self.milliseconds) / (time.perf_counter() - self._began)
        p50, p99 = np.percentile(self.milliseconds or [0.0], (50, 99)).tolist()
        return Level(offered, round(served, 1), len(self.milliseconds), self.failed, round(p50, 2), round(p99, 2))


async def closed(ask: Ask, callers: int, seconds: float) -> Level:
    """So many callers, each of whom asks again as soon as it was answered."""
    tally, numbers, end = _Tally(), count(), time.perf_counter() + seconds
    await asyncio.gather(*(_caller(tally, ask, numbers, end) for _ in range(callers)))
    return tally.level(None)


async def _caller(tally: _Tally, ask: Ask, numbers: Iterator[int], end: float) -> None:
    while (now := time.perf_counter()) < end:
        await tally.ask(ask, next(numbers), now)


async def paced(ask: Ask, rate: float, seconds: float) -> Level:
    """`rate` questions a second, whether answers come or not."""
    tally, began = _Tally(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(round(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(tally.ask(ask, number, due))
    return tally.level(round(rate, 1))


async def rising(ask: Ask, maximum: float, seconds: float) -> list[Level]:
    """Rates that rise to and beyond `maximum`, until one does not hold."""
    levels: list[Level] = []
    for share in SHARES:
        levels.append(await paced(ask, share * maximum, seconds))
        if not levels[-1].holds:
            break
    return levels
