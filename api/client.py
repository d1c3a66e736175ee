"""A typed client of the API, sync and async: both send the calls of `api.calls`.

    with Client("http://127.0.0.1:18080", key) as penchant:
        found = penchant.send(calls.profile("ann", days=20, decay="exponential", half_life=7))

    async with AsyncClient(url, key) as penchant:
        found = await penchant.send(calls.scores("ann", items))

In: calls. Out: answers as structs. An answer of 4xx or 5xx is a `Refused` with the problem; 429 and 503 are tried again
after the time that they state, `tries` times in all. A profile that a client has already is not sent again.
"""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, TypeVar

import httpx
import msgspec

from api.calls import Call
from api.errors import Problem
from api.memory import Known, Memory
from udfs.errors import PenchantError

T = TypeVar("T")
"""The answer of a call."""

_AGAIN = (429, 503)
_NOT_MODIFIED = 304
_TIMEOUT_S = 10.0
_REMEMBERED = 256
"""Answers that a client keeps: some megabytes."""


class Refused(PenchantError):
    """The API did not answer as asked; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem beside its text."""
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem


class Client:
    """Sends calls and waits."""

    def __init__(self, url: str, key: str, tries: int = 3, sleep: Callable[[float], None] = time.sleep) -> None:
        """`url` of the API's root; `key` from `penchant keys create`; `sleep` waits so many seconds."""
        self._http = httpx.Client(**_options(url, key))
        self._tries = tries
        self._sleep = sleep
        self._memory = Memory(_REMEMBERED)

    def send(self, call: Call[T]) -> T:
        """The answer. Raises Refused, or what httpx raises where there is none."""
        sending = _Sending(call, self._memory)
        for _ in range(self._tries - 1):
            response = self._http.request(**sending.request)
            if response.status_code not in _AGAIN:
                return sending.answer(response)
            self._sleep(_pause(response))
        return sending.answer(self._http.request(**sending.request))

    def __enter__(self) -> "Client":
        """This client, whose connections are closed at the end."""
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        """Close all connections."""
        self._http.close()


class AsyncClient:
    """Sends calls without waiting in between."""

    def __init__(self, url: str, key: str, tries: int = 3) -> None:
        """See `Client`."""
        self._http = httpx.AsyncClient(**_options(url, key))
        self._tries = tries
        self._memory = Memory(_REMEMBERED)

    async def send(self, call: Call[T]) -> T:
        """The answer. Raises Refused, or what httpx raises where there is none."""
        sending = _Sending(call, self._memory)
        for _ in range(self._tries - 1):
            response = await self._http.request(**sending.request)
            if response.status_code not in _AGAIN:
                return sending.answer(response)
            await asyncio.sleep(_pause(response))
        return sending.answer(await self._http.request(**sending.request))

    async def __aenter__(self) -> "AsyncClient":
        """This client, whose connections are closed at the end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._http.aclose()


def _options(url: str, key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return {"base_url": url, "headers": headers, "timeout": _TIMEOUT_S}


class _Sending(Generic[T]):
    """One call on its way: what both clients do alike."""

    def __init__(self, call: Call[T], memory: Memory) -> None:
        self._call = call
        self._memory = memory
        self._known: Known[T] | None = memory.known(call)

    @property
    def request(self) -> dict[str, Any]:
        call, known = self._call, self._known
        headers = {} if known is None else {"If-None-Match": known.tag}
        return {
            "method": call.method,
            "url": call.path,
            "params": call.parameters or None,
            "json": call.body,
            "headers": headers,
        }

    def answer(self, response: httpx.Response) -> T:
        if response.status_code == _NOT_MODIFIED and self._known is not None:
            return self._known.now(response.headers.get("fresh-through"))
        if not response.is_success:
            self._memory.forget(self._call)
            raise Refused(_problem(response))
        found: T = msgspec.json.decode(response.content, type=self._call.answer)
        if "etag" in response.headers:
            self._memory.keep(self._call, response.headers["etag"], found)
        return found


def _problem(response: httpx.Response) -> Problem:
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        return Problem(response.reason_phrase, response.status_code, response.text[:200])


def _pause(response: httpx.Response) -> float:
    stated = response.headers.get("retry-after", "")
    return min(float(stated), 60.0) if stated.isdigit() else 1.0
