"""Requests at a rate that does not wait for answers, as callers who do not know of each other send them.

In: an address, a rate and a time. Out: per request its status and the seconds from when it was due; so a server that
falls behind cannot slow its callers down and look fast (no coordinated omission).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

NO_ANSWER = 0
"""The status where the connection ended without an answer."""


class Outcome(NamedTuple):
    """One request."""

    status: int
    seconds: float


class Caller:
    """Sends one request over connections that are kept; as many as are needed."""

    def __init__(self, url: str, key: str) -> None:
        """`url` with its path and query."""
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        head = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n\r\n"
        self._request = head.encode()
        self._idle: list[Connection] = []

    async def __aenter__(self) -> "Caller":
        return self

    async def __aexit__(self, *_: object) -> None:
        for _, writer in self._idle:
            writer.close()
            await writer.wait_closed()

    async def at_rate(self, rate: float, seconds: float) -> list[Outcome]:
        """`rate` requests a second, evenly, answered or not."""
        began, sent = time.monotonic(), []
        for place in range(round(rate * seconds)):
            due = began + place / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            sent.append(asyncio.create_task(self._outcome(due)))
        return await asyncio.gather(*sent)

    async def at_most(self, callers: int, seconds: float) -> float:
        """Answers of 200 a second when `callers` each send the next request as soon as the last is answered."""
        until, answered = time.monotonic() + seconds, Counter[int]()

        async def one() -> None:
            while time.monotonic() < until:
                answered[(await self._outcome(time.monotonic())).status] += 1

        await asyncio.gather(*(one() for _ in range(callers)))
        return answered[200] / seconds

    async def _outcome(self, due: float) -> Outcome:
        try:
            status = await self._asked()
        except (OSError, asyncio.IncompleteReadError):
            status = NO_ANSWER
        return Outcome(status, time.monotonic() - due)

    async def _asked(self) -> int:
        connection = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        try:
            status = await _exchanged(connection, self._request)
        except BaseException:
            connection[1].close()
            raise
        self._idle.append(connection)
        return status


async def _exchanged(connection: Connection, request: bytes) -> int:
    reader, writer = connection
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    return int(head.split(b" ", 2)[1])


def told(outcomes: Iterable[Outcome]) -> str:
    """Per status how many there were, and how long they took."""
    by_status: dict[int, list[float]] = {}
    for status, seconds in outcomes:
        by_status.setdefault(status, []).append(seconds * 1000)
    return "; ".join(_line(status, sorted(times)) for status, times in sorted(by_status.items()))


def _line(status: int, times: list[float]) -> str:
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    return f"{status}: {len(times)}, p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {times[-1]:.0f} ms"
