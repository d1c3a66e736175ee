"""The cap on writes holds in every second, and the store's latency only ever lowers it."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cql.rows import BatchKey
from cql.writer import Places
from flink_job.reprocess.pace import Pace, PacedWriter, paced
from flink_job.settings import JobSettings
from udfs.errors import StoreUnavailable
from udfs.events.batch import Batch
from udfs.statistics.fold import Delta

LIMIT_S = 0.05
KEY = BatchKey("ann", Batch(20_777, 12))
DELTA = Delta(1, 1, 1, ())


class Ticks:
    """A clock that is set by hand; sleeping moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Held:
    """Takes so long for a write, and fails where it is told to."""

    def __init__(self, clock: Ticks, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.tries: list[float] = []
        self.fails: Iterator[bool] = iter(())

    async def write(self, key: BatchKey, delta: Delta, now_ms: int, places: Places = ()) -> bool:
        self.tries.append(self.clock.now)
        self.clock.now += self.seconds
        if next(self.fails, False):
            message = "busy"
            raise StoreUnavailable(message)
        return True


def most_in_a_second(starts: list[float]) -> int:
    return max(sum(first <= one < first + 1 for one in starts) for first in starts)


@given(st.integers(20, 5_000), st.lists(st.floats(0, 0.5), min_size=1, max_size=400))
def test_no_second_holds_more_than_the_cap_and_five_percent(cap: int, pauses: list[float]) -> None:
    clock = Ticks()
    pace, starts = Pace(cap, LIMIT_S, clock), []
    for pause in pauses:
        # Callers come alone after a pause, or in crowds of whom none waits for another.
        for _ in range(max(1, cap // 100)):
            starts.append(clock.now + pace.wait_s())
        clock.now += pause
    assert most_in_a_second(starts) <= cap * 1.05 + 1


def test_a_busy_job_writes_as_much_as_the_cap_allows() -> None:
    clock = Ticks()
    pace = Pace(100, LIMIT_S, clock)
    starts = [clock.now + pace.wait_s() for _ in range(1_000)]
    assert starts[-1] == pytest.approx(10, abs=0.1)


def test_a_store_that_is_slow_lowers_the_rate_and_one_that_is_quick_again_raises_it_to_the_cap_and_no_further() -> None:
    clock = Ticks()
    pace, rates = Pace(100, LIMIT_S, clock), []
    for second in range(60):
        clock.now += 1
        pace.took(1.0 if second < 10 else 0.001)
        rates.append(pace.rate)
    assert rates[9] == 5
    assert rates[10] > rates[9]
    assert rates[-1] == max(rates) == 100


def test_one_slow_write_in_a_hundred_does_not_slow_the_job_down() -> None:
    clock = Ticks()
    pace = Pace(100, LIMIT_S, clock)
    for number in range(200):
        clock.now += 0.01
        pace.took(1.0 if number == 50 else 0.001)
    assert pace.rate == 100


def test_a_try_that_fails_takes_a_slot_as_well() -> None:
    clock = Ticks()
    held = Held(clock, 0.0)
    held.fails = iter([True] * 20)
    writer = PacedWriter(held, Pace(10, LIMIT_S, clock), clock, clock.sleep)

    async def write() -> None:
        for _ in range(20):
            with pytest.raises(StoreUnavailable):
                await writer.write(KEY, DELTA, 0)

    asyncio.run(write())
    assert clock.now == pytest.approx(1.9, abs=0.1)


def test_a_job_without_a_cap_writes_as_before() -> None:
    held = Held(Ticks(), 0.0)
    assert paced(held, 0, 50, 2) is held
    assert isinstance(paced(held, 10, 50, 2), PacedWriter)


@pytest.mark.parametrize(("rate", "gathered"), [(0, 10_000), (100, 200), (20_000, 10_000)])
def test_a_capped_job_gathers_no_more_rows_than_it_writes_between_checkpoints(rate: int, gathered: int) -> None:
    assert JobSettings(write_rate=rate, checkpoint_interval_ms=2_000).gathered(10_000) == gathered
