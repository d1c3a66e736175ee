"""Keys of the API's callers: made, listed and revoked by `penchant keys`, read by the API.

In: a token `pk_<key id>_<secret>`. Out: whose it is and what it may do. The store has only a hash of the secret: 32
random bytes cannot be guessed, so a plain SHA-256 keeps them as well as a slow hash would.
"""

import datetime
import hashlib
import hmac
from typing import Literal, NamedTuple, TypeAlias, get_args

import msgspec

from cql import statement
from cql.answer import Row
from cql.store import Store
from udfs.errors import StoreRefused

Scope: TypeAlias = Literal["read", "score", "erase", "admin"]
"""What a key may do; admin may do everything."""

SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "pk"


class Key(msgspec.Struct, frozen=True):
    """A key as the store holds it; `rate` is in requests a second."""

    key_id: str
    name: str
    hash: str
    scopes: tuple[Scope, ...]
    rate: int
    made_at: datetime.datetime
    revoked_at: datetime.datetime | None = None

    def opens(self, secret: str) -> bool:
        """Whether the secret is this key's and still accepted."""
        return self.revoked_at is None and hmac.compare_digest(self.hash, hashed(secret))

    def may(self, scope: Scope) -> bool:
        """Whether the key reaches that far."""
        return scope in self.scopes or "admin" in self.scopes


class Token(NamedTuple):
    """What a caller presents."""

    key_id: str
    secret: str

    @classmethod
    def read(cls, text: str) -> "Token | None":
        """The parts of a token, None for any other text."""
        prefix, _, rest = text.partition("_")
        key_id, _, secret = rest.partition("_")
        well_formed = text.isascii() and len(text) <= 128 and prefix == PREFIX and key_id and secret
        return cls(key_id, secret) if well_formed else None

    def __str__(self) -> str:
        """The text that is handed out once."""
        return f"{PREFIX}_{self.key_id}_{self.secret}"


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Keys:
    """The keys of one keyspace. Every call may raise StoreError."""

    def __init__(self, store: Store) -> None:
        """`store` must be open and migrated."""
        self._store = store
        self._read = store.prepare(statement("read_key"))

    async def find(self, key_id: str) -> Key | None:
        """A key by its id; None if there is none."""
        rows = await self._store.run(self._read, (key_id,))
        return _key((key_id, *rows[0])) if rows else None

    def put(self, key: Key) -> None:
        """Keep a new key."""
        values = (key.key_id, key.name, key.hash, ",".join(key.scopes), key.rate, key.made_at)
        self._store.ask("write_key", *values)

    def all(self) -> list[Key]:
        """All keys, oldest first."""
        rows = self._store.ask("list_keys")
        return sorted(map(_key, rows), key=lambda key: key.made_at)

    def revoke(self, key_id: str, now: datetime.datetime) -> None:
        """Accept a key no more. Raises StoreRefused for one that is not there."""
        if key_id not in {key.key_id for key in self.all()}:
            message = f"there is no key {key_id!r}; see `penchant keys list`"
            raise StoreRefused(message)
        self._store.ask("revoke_key", key_id, now)


def _key(row: Row) -> Key:
    key_id, name, kept, scopes, rate, made_at, revoked_at = row
    known = tuple(scope for scope in SCOPES if scope in scopes.split(","))
    revoked = None if revoked_at is None else revoked_at.replace(tzinfo=datetime.UTC)
    return Key(key_id, name, kept, known, rate, made_at.replace(tzinfo=datetime.UTC), revoked)
