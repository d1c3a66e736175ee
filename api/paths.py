"""Paths: a part of a path is what its sender took for one, whatever it holds.

Servers decode paths before they are routed, so `ann%2F` would be routed as Ann and `a%2Fb` nowhere. In: an application.
Out: one that is routed by the path as it was sent; its parameters are decoded afterwards.
"""

from urllib.parse import unquote

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send


def as_sent(app: ASGIApp) -> ASGIApp:
    """The application, routed by paths as they were sent."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            # A server gives it without the query, a client for tests with it.
            scope["path"] = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        await app(scope, receive, send)

    return routed


class Decoded(ASGIMiddleware):
    """Decodes the parameters of a path."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Hand over a request with decoded parameters."""
        found = scope["path_params"].items()
        scope["path_params"] = {name: unquote(value) if isinstance(value, str) else value for name, value in found}
        await next_app(scope, receive, send)
