"""Who may ask: every route names the scope it needs, and a request carries a key that has it.

In: `Authorization: Bearer <token>`. Out: nothing, or 401, 403 or 429 with what is missing.
"""

from collections.abc import Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, TooManyRequestsException
from litestar.handlers import BaseRouteHandler

from api.keyring import KeyFinder
from api.limiter import Limiter
from cql.keys import Key, Token

OPEN = {"scope": "open"}
"""Option of a route that needs no key."""

READ, SCORE, ERASE, ADMIN = ({"scope": scope} for scope in ("read", "score", "erase", "admin"))
"""Options of routes that need a key with that scope; a route without any needs admin."""

Connected = ASGIConnection[Any, Any, Any, Any]


class Access:
    """A guard of all routes."""

    def __init__(self, keys: KeyFinder, limiter: Limiter, clock: Callable[[], float], *, required: bool) -> None:
        """`clock` gives seconds; `required` is false in a network that nobody else can reach."""
        self._keys = keys
        self._limiter = limiter
        self._clock = clock
        self._required = required

    async def __call__(self, connection: Connected, handler: BaseRouteHandler) -> None:
        """Let a request through, or raise why not."""
        scope = handler.opt.get("scope", "admin")
        if scope == "open" or not self._required:
            return
        key = await self._key(connection)
        connection.scope["state"]["key_id"] = key.key_id
        self._count(connection, key)
        if not key.may(scope):
            message = f"this needs a key with scope {scope}; this one has {', '.join(key.scopes) or 'none'}"
            raise PermissionDeniedException(message)

    def _count(self, connection: Connected, key: Key) -> None:
        allowance = self._limiter.take(key.key_id, key.rate, self._clock())
        connection.scope["state"]["allowance"] = allowance.headers()
        if allowance.remaining < 0:
            message = f"more than {allowance.limit} requests in one second; come back in the next"
            raise TooManyRequestsException(message, headers={"Retry-After": str(allowance.reset_s)})

    async def _key(self, connection: Connected) -> Key:
        scheme, _, text = connection.headers.get("authorization", "").partition(" ")
        token = Token.read(text.strip()) if scheme.lower() == "bearer" else None
        key = await self._keys.find(token.key_id) if token else None
        if token is None or key is None or not key.opens(token.secret):
            # One answer for all: it must not tell which ids of keys exist.
            message = "send Authorization: Bearer <key>, with a key from `penchant keys create` that is not revoked"
            raise NotAuthorizedException(message, headers={"WWW-Authenticate": 'Bearer realm="penchant"'})
        return key
