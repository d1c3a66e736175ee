"""Paths: a part of a path is what its sender took for one, whatever it holds.

Servers decode paths before they are routed, so `ann%2F` would be routed as Ann, `a%2Fb` nowhere, and `//objection`
as a user of that name. In: an application. Out: one that is routed by the path as it was sent, and by none that has an
empty part; its parameters are decoded afterwards. Bytes beyond ASCII are taken as if they were percent-encoded.
"""

import re
from urllib.parse import quote, unquote

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

_ASCII = "".join(map(chr, range(0x80)))
_EMPTY_PART = re.compile(r"//|^/v1/.*/$")
_NOWHERE = "/nowhere"


def sent(scope: HTTPScope) -> str:
    """The path of a request as it was sent."""
    # A server gives it without the query, a client for tests with it.
    return _encoded(scope["raw_path"].partition(b"?")[0])


def as_sent(app: ASGIApp) -> ASGIApp:
    """The application, routed by paths as they were sent."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            path = sent(scope)
            # Litestar would leave an empty part out.
            scope["path"] = _NOWHERE if _EMPTY_PART.search(path) else path
            scope["query_string"] = _encoded(scope["query_string"]).encode()
        await app(scope, receive, send)

    return routed


def _decoded(part: str) -> str:
    # Bytes that are no UTF-8 become surrogates, which no id has, and not U+FFFD, which one may have.
    return unquote(part, errors="surrogateescape")


def _encoded(raw: bytes) -> str:
    return quote(raw, safe=_ASCII)


class Decoded(ASGIMiddleware):
    """Decodes the parameters of a path."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Hand over a request with decoded parameters."""
        found = scope["path_params"].items()
        scope["path_params"] = {name: _decoded(value) if isinstance(value, str) else value for name, value in found}
        await next_app(scope, receive, send)
