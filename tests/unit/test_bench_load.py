"""Load at a rate: every question is due at its time, and waits count."""

import asyncio
import time

from flink_job.local.bench.http import Pool
from flink_job.local.bench.load import BUDGET_MS, SHARES, Level, closed, paced, rising
from flink_job.local.bench.spread import Spread, medians, spread

REQUEST = b"GET / HTTP/1.1\r\n\r\n"


async def answered(_: int) -> bool:
    await asyncio.sleep(0)
    return True


async def refused(_: int) -> bool:
    return False


def test_at_a_rate_the_wait_for_a_question_that_was_due_counts() -> None:
    stall_s = 0.3

    async def held_up(number: int) -> bool:
        if number == 0:
            # Nothing else runs meanwhile, so the others are sent late and answered at once.
            asyncio.get_running_loop().call_soon(time.sleep, stall_s)
        return await answered(number)

    level = asyncio.run(paced(held_up, rate=1000.0, seconds=0.2))
    assert level.failed == 0
    assert level.p50_ms > stall_s * 1000 / 4


def test_every_question_at_a_rate_is_asked_once() -> None:
    asked: list[int] = []

    async def ask(number: int) -> bool:
        asked.append(number)
        return True

    asyncio.run(paced(ask, rate=2000.0, seconds=0.05))
    assert sorted(asked) == list(range(100))


def test_failures_are_counted_and_have_no_latency() -> None:
    level = asyncio.run(closed(refused, callers=2, seconds=0.01))
    assert level.failed > 0
    assert (level.served, level.p99_ms) == (0.0, 0.0)
    assert not level.holds


def test_rates_rise_until_one_does_not_hold() -> None:
    levels = asyncio.run(rising(refused, maximum=1000.0, seconds=0.01))
    assert [level.offered for level in levels] == [1000.0 * SHARES[0]]


def test_a_level_holds_up_to_the_budget() -> None:
    assert Level(1.0, 1.0, 9, 0, 1.0, BUDGET_MS).holds
    assert not Level(1.0, 1.0, 9, 0, 1.0, BUDGET_MS + 0.1).holds


def test_the_client_takes_answers_that_come_in_parts_on_one_connection() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for status in (b"200 OK", b"503 Busy"):
            await reader.readuntil(b"\r\n\r\n")
            for part in (b"HTTP/1.1 " + status + b"\r\nContent-Le", b"ngth: 4\r\n\r\nab", b"cd"):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()
        await writer.wait_closed()
        ended.set()

    ended = asyncio.Event()

    async def statuses() -> list[int]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        pool = Pool(*server.sockets[0].getsockname())
        found = [await pool.send(REQUEST) for _ in range(2)]
        await ended.wait()
        pool.close()
        server.close()
        return found

    assert asyncio.run(statuses()) == [200, 503]
    assert connections == 1


def test_no_server_is_an_answer_that_failed() -> None:
    async def ask() -> int:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        server.close()
        await server.wait_closed()
        return await Pool(*address).send(REQUEST)

    assert asyncio.run(ask()) == 0


def test_runs_are_told_as_median_and_range() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert medians([{"a": 1.0}, {"a": 3.0, "b": 4.0}]) == {"a": 2.0, "b": 2.0}
