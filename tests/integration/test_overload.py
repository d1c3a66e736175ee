"""The running API under abuse: more load than it takes, requests that never end, a store that stands still or dies.

uv run pytest -s tests/integration/test_overload.py     # prints how long requests took
"""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest
from open_loop import Caller, Outcome, told
from running import until
from serving import Served

from api import calls
from api.client import Client, Refused
from flink_job.local import stack

BURST = 400
USER = "busy"
"""Of whom other tests know nothing."""


def test_twice_the_load_is_answered_or_turned_away_and_leaves_no_trace(served: Served) -> None:
    """How long the admitted waited is printed, not asserted."""
    most, outcomes = asyncio.run(_twice_the_most(served))
    print(f"\nat most {most:.0f} answers a second; at {2 * most:.0f} requests a second: {told(outcomes)}")
    statuses = {outcome.status for outcome in outcomes}
    assert 200 in statuses
    assert statuses <= {200, 429, 503}
    with served.client() as client:
        for _ in range(50):
            client.send(calls.profile(USER))


def test_everybody_at_once_is_answered_or_told_when_to_come_back(served: Served) -> None:
    answers = asyncio.run(_burst(served))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)


def test_clients_who_never_finish_their_requests_hold_up_nobody(served: Served) -> None:
    fields = f"Host: api\r\nAuthorization: Bearer {served.key}\r\n"
    head = f"GET /v1/users/{USER}/profile HTTP/1.1\r\n{fields}"
    body = f"POST /v1/profiles HTTP/1.1\r\n{fields}Content-Length: 100\r\n\r\n{{"
    with _open(served, 300) as in_the_head, _open(served, 100) as in_the_body:
        for connections, text in ((in_the_head, head), (in_the_body, body)):
            for one in connections:
                one.sendall(text.encode())
        with served.client() as client:
            for _ in range(20):
                assert client.send(calls.profile(USER)).user_id == USER
        assert b" 408 " in in_the_body[0].recv(200)
        assert in_the_head[0].recv(200) == b""


def test_clients_who_do_not_take_their_answers_hold_up_nobody(served: Served) -> None:
    fields = f"Host: api\r\nAuthorization: Bearer {served.key}\r\n\r\n"
    text = f"GET /v1/users/{USER}/profile?bins=true&top=100 HTTP/1.1\r\n{fields}"
    with _open(served, 100) as deaf:
        for one in deaf:
            one.sendall(50 * text.encode())
        with served.client() as client:
            until(lambda: _is_answered(client))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_refused_before_it_is_whole(served: Served, chunked: bool) -> None:
    length = "Transfer-Encoding: chunked" if chunked else "Content-Length: 5000000000"
    head = f"POST /v1/profiles HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {served.key}\r\n{length}\r\n\r\n"
    piece = (b"100000\r\n" if chunked else b"") + b" " * 0x100000 + (b"\r\n" if chunked else b"")
    with _open(served, 1) as [one]:
        one.sendall(head.encode())
        try:
            for _ in range(20):
                one.sendall(piece)
        except OSError:
            # It hung up on us, which is as good.
            return
        assert b" 413 " in one.recv(200)


def test_a_store_that_dies_under_requests_makes_problems_and_they_end_when_it_is_back(served: Served) -> None:
    outcomes = asyncio.run(_while_the_store_dies(served))
    print(f"\n{told(outcomes)}")
    assert {outcome.status for outcome in outcomes} == {200, 503}
    headers = {"Authorization": f"Bearer {served.key}"}
    url = f"{served.local.api_url}/v1/users/{USER}/profile"
    until(lambda: httpx.get(url, headers=headers, timeout=60).status_code == 200)


def test_while_the_store_stands_still_requests_fail_as_problems_and_then_succeed_again(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.key}"}
    url = f"{served.local.api_url}/v1/users/{USER}/profile"
    assert httpx.get(url, headers=headers, timeout=30).status_code == 200
    with _frozen(served):
        stalled = httpx.get(url, headers=headers, timeout=60)
        assert httpx.get(f"{served.local.api_url}/health", timeout=10).status_code == 200
    assert (stalled.status_code, stalled.headers["content-type"]) == (503, "application/problem+json")
    assert stalled.headers["retry-after"] == "1"
    until(lambda: httpx.get(url, headers=headers, timeout=60).status_code == 200)


async def _twice_the_most(served: Served) -> tuple[float, list[Outcome]]:
    async with Caller(f"{served.local.api_url}/v1/users/{USER}/profile", served.key) as caller:
        most = await caller.at_most(16, 5.0)
        return most, await caller.at_rate(2 * most, 15.0)


async def _while_the_store_dies(served: Served) -> list[Outcome]:
    async with Caller(f"{served.local.api_url}/v1/users/{USER}/profile", served.key) as caller:
        before = await caller.at_rate(50, 2.0)
        asking = asyncio.create_task(caller.at_rate(50, 10.0))
        _store(served).kill()
        return before + await asking


async def _burst(served: Served) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {served.key}"}
    limits = httpx.Limits(max_connections=BURST)
    async with httpx.AsyncClient(base_url=served.local.api_url, headers=headers, timeout=60, limits=limits) as client:
        return await asyncio.gather(*(client.get(f"/v1/users/{USER}/profile") for _ in range(BURST)))


def _is_answered(client: Client) -> bool:
    try:
        return client.send(calls.profile(USER)).user_id == USER
    except Refused:
        return False


def _store(served: Served) -> psutil.Process:
    [store] = [part for part in stack.status(served.local).parts if part.name == "cassandra"]
    return psutil.Process(store.pid)


@contextmanager
def _open(served: Served, count: int) -> Iterator[list[socket.socket]]:
    address = ("127.0.0.1", served.local.api_port)
    connections = [socket.create_connection(address, timeout=90) for _ in range(count)]
    try:
        yield connections
    finally:
        for one in connections:
            one.close()


@contextmanager
def _frozen(served: Served) -> Iterator[None]:
    process = _store(served)
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
