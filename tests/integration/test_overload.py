"""The running API under abuse: more load than it takes, bodies that do not come, a store that stands still."""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
from running import until
from serving import Served

from api import calls
from flink_job.local import stack

BURST = 400


def test_an_overload_is_answered_or_turned_away_and_leaves_no_trace(served: Served) -> None:
    """Everybody asks at once; the time that the admitted waited is printed, not asserted."""
    answers = asyncio.run(_burst(served))
    statuses = Counter(answer.status_code for answer in answers)
    waited = sorted(answer.elapsed.total_seconds() for answer in answers if answer.status_code == 200)
    print(f"{statuses}; admitted: median {waited[len(waited) // 2]:.3f} s, longest {waited[-1]:.3f} s")
    assert set(statuses) == {200, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
    with served.client() as client:
        for _ in range(50):
            client.send(calls.profile("ann"))


def test_clients_whose_bodies_do_not_come_hold_up_nobody(served: Served) -> None:
    fields = f"Host: api\r\nAuthorization: Bearer {served.key}\r\nContent-Length: 100"
    head = f"POST /v1/profiles HTTP/1.1\r\n{fields}\r\n\r\n{{"
    slow = [socket.create_connection(("127.0.0.1", served.local.api_port)) for _ in range(100)]
    try:
        for one in slow:
            one.sendall(head.encode())
        with served.client() as client:
            assert client.send(calls.profile("ann")).user_id == "ann"
        slow[0].settimeout(60)
        assert b" 408 " in slow[0].recv(200)
    finally:
        for one in slow:
            one.close()


def test_while_the_store_stands_still_requests_fail_as_problems_and_then_succeed_again(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.key}"}
    url = f"{served.local.api_url}/v1/users/ann/profile"
    assert httpx.get(url, headers=headers, timeout=30).status_code == 200
    with _frozen(served):
        stalled = httpx.get(url, headers=headers, timeout=60)
        assert httpx.get(f"{served.local.api_url}/health", timeout=10).status_code == 200
    assert (stalled.status_code, stalled.headers["content-type"]) == (503, "application/problem+json")
    until(lambda: httpx.get(url, headers=headers, timeout=60).status_code == 200)


async def _burst(served: Served) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {served.key}"}
    limits = httpx.Limits(max_connections=BURST)
    async with httpx.AsyncClient(base_url=served.local.api_url, headers=headers, timeout=60, limits=limits) as client:
        return await asyncio.gather(*(client.get("/v1/users/ann/profile") for _ in range(BURST)))


@contextmanager
def _frozen(served: Served) -> Iterator[None]:
    [store] = [part for part in stack.status(served.local).parts if part.name == "cassandra"]
    process = psutil.Process(store.pid)
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
