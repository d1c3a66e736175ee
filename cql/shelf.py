"""The shelf of priors: versions that were fitted, and which of them is in force. For commands; the API has `Reader`.

In: priors and the report of their search. Out: rows of `priors`, and the one row of `priors_in_force`.
"""

import datetime

import msgspec

from cql.store import Store
from udfs.errors import StoreRefused
from udfs.model.priors import Priors, from_json, to_json


class Version(msgspec.Struct, frozen=True):
    """One version of priors; `report` is JSON."""

    version: str
    made_at: datetime.datetime
    report: str
    in_force: bool


class Shelf:
    """Keeps the priors of one keyspace. Every call may raise StoreError."""

    def __init__(self, store: Store) -> None:
        """`store` must be open and migrated."""
        self._store = store

    def put(self, priors: Priors, report: str, made_at: datetime.datetime) -> None:
        """Keep a version; it is not in force by that."""
        self._store.ask("write_priors", priors.version, made_at, to_json(priors), report)

    def use(self, version: str) -> None:
        """Let answers rest on a version from now on.

        Raises StoreRefused for one that is not there, and where one that a later clock has put in force stays; that is
        seen at a consistency of a quorum.
        """
        self.take(version)
        self._store.ask("write_priors_in_force", version)
        if (stays := self.in_force) not in (None, version):
            message = (
                f"priors {version!r} are not in force: {stays!r} stay, which another machine has put in force, whose "
                "clock is ahead of this one's; say it again there, or here when that much time has passed, and set "
                "both clocks right: `penchant doctor` compares one with the store's"
            )
            raise StoreRefused(message)

    def take(self, version: str) -> Priors:
        """The priors of a version. Raises StoreRefused for one that is not there, EncodingError for a damaged one."""
        rows = self._store.ask("read_priors", version)
        if not rows:
            message = f"there are no priors of version {version!r}; see `penchant priors list`"
            raise StoreRefused(message)
        return from_json(rows[0][0])

    @property
    def in_force(self) -> str | None:
        """The version that answers rest on; None before any was put in force."""
        rows = self._store.ask("read_priors_in_force")
        return rows[0][0] if rows else None

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        in_force = self.in_force
        rows = self._store.ask("list_priors")
        found = [
            Version(name, made_at.replace(tzinfo=datetime.UTC), report, name == in_force)
            for name, made_at, report in rows
        ]
        return sorted(found, key=lambda one: one.made_at)
