"""Keys that were asked for, remembered, so that the store is asked seldom and not by those who guess.

In: ids of keys. Out: keys. A key is remembered for some seconds: a revocation reaches every process within them. While
the store is away, a key that was known stays good. Ids that no key has are remembered apart, and only so many: when
they run out, whoever presents an id that was never seen waits, and known keys are served as ever.
"""

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol

from litestar.exceptions import TooManyRequestsException

from cql.keys import Key
from udfs.errors import StoreError

_KEPT_SECONDS = 5.0
_KEPT_WITHOUT_STORE_SECONDS = 300.0
_MOST_KEYS = 10_000

MOST_UNKNOWN = 500
"""Ids without a key that a process remembers; so it asks the store for a hundred of them a second at most."""


class KeyFinder(Protocol):
    """Finds keys by their id; `cql.keys.Keys` is one."""

    async def find(self, key_id: str) -> Key | None:
        """A key, or None if there is none. Raises StoreError."""
        ...


class Keyring:
    """A `KeyFinder` that remembers what another one found."""

    def __init__(self, keys: Callable[[], Awaitable[KeyFinder]], clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._keys = keys
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Key]] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()

    async def find(self, key_id: str) -> Key | None:
        """See `KeyFinder`. Raises TooManyRequestsException too."""
        now = self._clock()
        asked, key = self._known.get(key_id, (-math.inf, None))
        if not 0 <= now - asked < _KEPT_SECONDS:
            self._forget(now)
            if key_id in self._unknown:
                return None
            key = await self._asked(key_id, key if now - asked < _KEPT_WITHOUT_STORE_SECONDS else None)
        return key

    async def _asked(self, key_id: str, remembered: Key | None) -> Key | None:
        if remembered is None and len(self._unknown) >= MOST_UNKNOWN:
            message = "too many keys that do not exist were presented; come back in a moment"
            raise TooManyRequestsException(message, headers={"Retry-After": str(round(_KEPT_SECONDS))})
        try:
            found = await (await self._keys()).find(key_id)
        except StoreError:
            if remembered is None:
                raise
            return remembered
        self._keep(key_id, found)
        return found

    def _keep(self, key_id: str, found: Key | None) -> None:
        self._known.pop(key_id, None)
        if found is None:
            self._unknown[key_id] = self._clock()
            return
        self._known[key_id] = (self._clock(), found)
        if len(self._known) > _MOST_KEYS:
            self._known.popitem(last=False)

    def _forget(self, now: float) -> None:
        """Drop ids without a key that were asked for too long ago; the oldest come first."""
        while self._unknown and not 0 <= now - next(iter(self._unknown.values())) < _KEPT_SECONDS:
            self._unknown.popitem(last=False)
