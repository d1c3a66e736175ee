"""How long a batch is tried that the store does not take."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

import pytest

from flink_job.write import until_taken
from udfs.errors import StoreRefused

TAKEN, AWAY = True, False


class Store:
    """What the store says to one try after another: that it takes the batch, is away, or refuses it (None)."""

    def __init__(self, says: Iterable[bool | None]) -> None:
        self.says: Iterator[bool | None] = iter(says)
        self.waited_s = 0.0

    async def taken(self) -> bool:
        said = next(self.says)
        if said is None:
            message = "InvalidRequest: unknown column"
            raise StoreRefused(message)
        return said

    async def sleep(self, seconds: float) -> None:
        self.waited_s += seconds

    def until_taken(self) -> None:
        asyncio.run(until_taken(self.taken, self.sleep))


def test_a_batch_that_a_node_refuses_for_less_than_a_minute_is_written() -> None:
    store = Store([*repeat(None, 30), TAKEN])
    store.until_taken()
    assert 45 < store.waited_s < 60


def test_a_batch_that_is_refused_for_a_minute_is_given_up() -> None:
    store = Store(repeat(None))
    with pytest.raises(StoreRefused, match="unknown column"):
        store.until_taken()
    assert 60 <= store.waited_s < 65


def test_an_outage_is_waited_for_without_end_and_refusals_before_it_count_no_more() -> None:
    store = Store(chain(repeat(None, 30), repeat(AWAY, 1_000), repeat(None, 30), [TAKEN]))
    store.until_taken()
    assert store.waited_s > 2_000
