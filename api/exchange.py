"""One exchange: a request is read whole, let in if there is room, answered, and logged without personal data.

In: an ASGI application and limits. Out: the same application, which a slow or huge body cannot hold up and an overload
cannot slow down: beyond the limit requests are turned away as soon as they are read, so those that were let in are
answered in time.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.exceptions import ClientException, HTTPException, ServiceUnavailableException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Message, Receive, Send

from api.bodies import Bodies, Body
from api.errors import RETRY_AFTER_SECONDS, as_problem
from api.headers import request_id

MAX_BODY_BYTES = 5_000_000
BODY_SECONDS = 10.0

_log = logging.getLogger("api.access")


class TooLarge(HTTPException):
    """The body is larger than any question can be."""

    status_code = 413


class TooSlow(HTTPException):
    """The body did not arrive in time."""

    status_code = 408


class Exchange(ASGIMiddleware):
    """Wraps every route; those that need no key are not counted, so that health is told under load too."""

    scopes = (ScopeType.HTTP,)

    def __init__(
        self, limit: int, clock: Callable[[], float], new_id: Callable[[], str], body_seconds: float = BODY_SECONDS
    ) -> None:
        """At most `limit` requests are under way; `clock` gives seconds; `new_id` names requests without an id."""
        self._limit = limit
        self._clock = clock
        self._new_id = new_id
        self._body_seconds = body_seconds
        self._under_way = 0
        self._bodies = Bodies()

    async def handle(self, scope: Any, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer one request."""
        began = self._clock()
        request_id(scope, self._new_id)
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with self._bodies.body() as body:
                await self._answer(scope, await self._whole(scope, receive, body), watched, next_app)
        except HTTPException as exc:
            # Here and not further out, where metrics would take it for an answer of status 200.
            request: Request[Any, Any, Any] = Request(scope)
            await as_problem(request, exc).to_asgi_response(None, request)(scope, receive, watched)
        finally:
            _log.info("answered", extra={"fields": _fields(scope, status, self._clock() - began)})

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope["route_handler"].opt.get("scope") == "open":
            await next_app(scope, receive, send)
            return
        if self._under_way >= self._limit:
            message = f"{self._limit} requests are under way, which is all that this process takes at a time"
            raise ServiceUnavailableException(message, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        self._under_way += 1
        try:
            await next_app(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _whole(self, scope: HTTPScope, receive: Receive, body: Body) -> Receive:
        """A `receive` that has the whole body. Raises TooLarge, TooSlow, or ClientException if the client went away."""
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return receive
        try:
            async with asyncio.timeout(self._body_seconds):
                await _read(scope, receive, body)
        except TimeoutError as exc:
            message = f"the body must arrive within {self._body_seconds:g} seconds"
            raise TooSlow(message, headers={"Connection": "close"}) from exc
        return _replay(bytes(body.content), receive)


async def _read(scope: HTTPScope, receive: Receive, body: Body) -> None:
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    more = True
    while more:
        if len(body.content) > MAX_BODY_BYTES or int(stated) > MAX_BODY_BYTES:
            message = f"a body may have {MAX_BODY_BYTES:,} bytes; send several requests"
            raise TooLarge(message)
        part = await receive()
        if part["type"] != "http.request":
            raise ClientException(detail="the client went away")
        body.add(part["body"])
        more = part["more_body"]


def _replay(body: bytes, receive: Receive) -> Receive:
    first: list[HTTPReceiveMessage] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Any:
        return first.pop() if first else await receive()

    return replayed


def _fields(scope: HTTPScope, status: int, seconds: float) -> dict[str, object]:
    # The template of the path and not the path, which holds the id of a person.
    state = scope["state"]
    return {
        "method": scope["method"],
        "route": scope["path_template"],
        "status": status,
        "milliseconds": round(seconds * 1000, 2),
        "request_id": state.get("request_id", ""),
        "key_id": state.get("key_id", ""),
    }
