"""Headers of every answer, errors and unknown addresses among them: the request's id, limits, and what browsers may do.

In: an answer that is about to be sent. Out: the same with its headers.
"""

import re
from collections.abc import Awaitable, Callable

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    # The page of documents has its script and style inside.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def headers(new_id: Callable[[], str], *, encrypted: bool) -> Callable[[Message, Scope], Awaitable[None]]:
    """A hook that completes answers. `new_id` names a request that came without an id; `encrypted` means TLS."""
    always = _SECURITY | ({"Strict-Transport-Security": "max-age=31536000"} if encrypted else {})

    async def complete(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        found = MutableScopeHeaders(message)
        found["X-Request-Id"] = request_id(scope, new_id)
        for name, value in (always | scope["state"].get("allowance", {})).items():
            # The page has a policy of its own, which is stricter.
            found.setdefault(name, value)
        # People's data: whoever wants to keep an answer must ask whether it still holds.
        found.setdefault("Cache-Control", "no-store")

    return complete


def request_id(scope: Scope, new_id: Callable[[], str]) -> str:
    """The id that the caller gave, or one of ours."""
    state = scope["state"]
    if "request_id" not in state:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        state["request_id"] = given.decode() if _REQUEST_ID.fullmatch(given) else new_id()
    found: str = state["request_id"]
    return found
