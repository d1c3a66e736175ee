"""The store looked at from outside, for `penchant doctor`: copies, clock, permissions."""

from cql.reader import milliseconds
from cql.settings import StoreSettings
from cql.store import Store


class Inspection:
    """Looks at one keyspace. Every call may raise StoreError."""

    def __init__(self, store: Store, settings: StoreSettings) -> None:
        """`store` must be open."""
        self._store = store
        self._settings = settings

    def copies(self) -> dict[str, int]:
        """Copies of each row by data centre."""
        rows = self._store.ask("read_replication", self._settings.store_keyspace)
        options = dict(rows[0][0]) if rows else {}
        return {where: int(number) for where, number in options.items() if str(number).isdigit()}

    def now_ms(self) -> int:
        """The clock of the node that was asked."""
        return milliseconds(self._store.ask("read_clock")[0][0])

    def rewrite(self) -> None:
        """Write a row as it stands there already: shows that writing is allowed, and changes nothing."""
        for row in self._store.ask("read_migrations"):
            self._store.ask("write_migration", *row)
