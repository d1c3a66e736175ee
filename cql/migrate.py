"""Migrations: bring the tables to what this build and its catalogue need.

Repeatable: each numbered file is applied once. No lightweight transactions: run it from one place at a time, before
the job and the API of a new build.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from typing import NamedTuple, TypeVar

import msgspec

from cql import statement
from cql.rows import column
from cql.settings import StoreSettings
from cql.store import Store
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import StoreRefused, StoreUnavailable

T = TypeVar("T")
"""What comes of an act."""

_PATIENCE_MS = 60_000
"""All nodes must agree on a new table: that takes longer than any answer to a question may."""
_PAUSE_S = 0.5

_APPLIED = """
CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY, name text, checksum text)
"""


_ANOTHER_REPLICA = "20ms"


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """A hash of the text, to notice a file that was changed after it had been applied."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def migrations() -> list[Migration]:
    """All migrations that this build ships, in order."""
    files = [entry for entry in resources.files("cql").joinpath("migrations").iterdir() if entry.name.endswith(".cql")]
    return [
        Migration(int(entry.name[:3]), entry.name.removesuffix(".cql"), entry.read_text(encoding="utf-8"))
        for entry in sorted(files, key=lambda entry: entry.name)
    ]


def migrate(settings: StoreSettings, catalogue: Catalogue) -> list[str]:
    """Apply what is missing and say what was done. Raises StoreRefused if an applied file has changed."""
    keyspace, *tables = migrations()
    settings = msgspec.structs.replace(settings, store_timeout_ms=max(settings.store_timeout_ms, _PATIENCE_MS))
    _create_keyspace(settings, keyspace)
    store = Store.open(settings)
    try:
        return [*_apply(store, tables), *_add_columns(store, settings, catalogue), *_hedge_reads(store, settings)]
    finally:
        store.close()


def missing(store: Store, settings: StoreSettings, catalogue: Catalogue) -> list[str]:
    """What `migrate` would do to an existing keyspace. Raises StoreRefused if an applied file has changed."""
    _, *tables = migrations()
    applied = _applied(store)
    return [
        *(migration.name for migration in tables if _is_new(migration, applied)),
        *(f"column {name}" for name in _absent_columns(store, settings, catalogue)),
    ]


def _create_keyspace(settings: StoreSettings, migration: Migration) -> None:
    store = Store(settings, keyspace=None)
    try:
        # IF NOT EXISTS asks for the right to make any keyspace, also where this one is there.
        if not store.ask("read_replication", settings.store_keyspace):
            text = migration.text.format(
                keyspace=settings.store_keyspace,
                datacenter=settings.store_datacenter,
                replication=settings.store_replication,
            )
            store.execute(text)
    finally:
        store.close()


def _apply(store: Store, wanted: list[Migration]) -> Iterator[str]:
    store.execute(_APPLIED)
    applied = _patiently(partial(_applied, store))
    for migration in wanted:
        if _is_new(migration, applied):
            store.execute(migration.text)
            _patiently(partial(store.ask, "write_migration", migration.number, migration.name, migration.checksum))
            yield migration.name


def _patiently(act: Callable[[], T]) -> T:
    """What comes of it once all nodes know a new table: the driver waits for those alone that it has heard of."""
    deadline = time.monotonic() + _PATIENCE_MS / 1000
    while True:
        try:
            return act()
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_S)


def _applied(store: Store) -> dict[int, str]:
    """Checksums by number."""
    return {number: checksum for number, _, checksum in store.execute(statement("read_migrations"))}


def _is_new(migration: Migration, applied: dict[int, str]) -> bool:
    if applied.get(migration.number, migration.checksum) != migration.checksum:
        message = f"{migration.name} was changed after it had been applied; add a new file instead"
        raise StoreRefused(message)
    return migration.number not in applied


def _add_columns(store: Store, settings: StoreSettings, catalogue: Catalogue) -> Iterator[str]:
    for name in _absent_columns(store, settings, catalogue):
        store.execute(f"ALTER TABLE deltas ADD {name} blob")
        yield f"column {name}"


def _absent_columns(store: Store, settings: StoreSettings, catalogue: Catalogue) -> list[str]:
    known = store.prepare("SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?")
    present = {name for (name,) in store.execute(known, (settings.store_keyspace, "deltas"))}
    names = [column(dimension.name) for dimension in catalogue.dimensions]
    return [name for name in names if name not in present]


def _hedge_reads(store: Store, settings: StoreSettings) -> Iterator[str]:
    """Let a coordinator ask another replica soon: by default it learns how long to wait, from a start at seconds."""
    known = store.prepare("SELECT table_name, speculative_retry FROM system_schema.tables WHERE keyspace_name = ?")
    for table, retry in store.execute(known, (settings.store_keyspace,)):
        # A fixed time is somebody's choice.
        if not retry.lower().endswith("ms"):
            store.execute(f"ALTER TABLE {table} WITH speculative_retry = '{_ANOTHER_REPLICA}'")
            yield f"reads of {table} ask another replica after {_ANOTHER_REPLICA}"
