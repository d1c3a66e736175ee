"""The connection: tried again each second, once for all who wait."""

import asyncio

import pytest
from held import Ticks

from api.connection import Connection
from api.settings import ApiSettings
from udfs.catalogues.catalogue import load
from udfs.errors import StoreUnavailable

pytestmark = pytest.mark.usefixtures("quiet")

NOBODY_LISTENS = ApiSettings(store_port=1)


async def refusals(connection: Connection, times: int) -> list[str]:
    found = []
    for _ in range(times):
        with pytest.raises(StoreUnavailable) as refused:
            await connection.in_force()
        found.append(str(refused.value))
    return found


def test_after_a_failure_callers_are_turned_away_for_a_second_without_another_try() -> None:
    clock = Ticks()
    connection = Connection(NOBODY_LISTENS, load("cars"), clock)

    async def ask() -> list[str]:
        found = await refusals(connection, 2)
        clock.now += 1.0
        return found + await refusals(connection, 1)

    first, second, third = asyncio.run(ask())
    assert "cannot connect" in first
    assert "next try" in second
    assert "cannot connect" in third


def test_callers_that_come_together_wait_for_the_same_try() -> None:
    connection = Connection(NOBODY_LISTENS, load("cars"), Ticks())

    async def ask() -> list[str]:
        both = await asyncio.gather(refusals(connection, 1), refusals(connection, 1))
        return [message for found in both for message in found]

    first, second = asyncio.run(ask())
    assert "cannot connect" in first
    assert first == second
