"""Keys of the API for commands: made with fresh randomness, and one for whoever works with the local stack."""

import datetime
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cql.keys import SCOPES, Key, Keys, Scope, Token, hashed
from cql.settings import StoreSettings
from cql.store import Store

RATE = 200
"""Requests a second of a key, unless said otherwise."""

_LOCAL_RATE = 5_000


@contextmanager
def opened(settings: StoreSettings) -> Iterator[Keys]:
    """The keys of a keyspace. Raises StoreError."""
    store = Store.open(settings)
    try:
        yield Keys(store)
    finally:
        store.close()


def create(keys: Keys, name: str, scopes: Sequence[Scope], rate: int = RATE) -> Token:
    """Make a key; the token is nowhere but in the answer."""
    token = Token(secrets.token_hex(8), secrets.token_hex(32))
    keys.put(Key(token.key_id, name, hashed(token.secret), tuple(scopes), rate, _now()))
    return token


def revoke(keys: Keys, key_id: str) -> None:
    """Accept a key no more. Raises StoreRefused for one that is not there."""
    keys.revoke(key_id, _now())


def local_key(settings: StoreSettings, name: str) -> Token:
    """A key with every scope for the local stack; it replaces the last one of that name."""
    with opened(settings) as keys:
        for key in keys.all():
            if key.name == name and key.revoked_at is None:
                revoke(keys, key.key_id)
        return create(keys, name, SCOPES, _LOCAL_RATE)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
