"""The store looked at from outside, for `penchant doctor`: copies, clock, permissions, progress."""

from cql import statement
from cql.reader import milliseconds
from cql.settings import StoreSettings
from cql.store import Row, Store


class Inspection:
    """Looks at one keyspace. Every call may raise StoreError."""

    def __init__(self, store: Store, settings: StoreSettings) -> None:
        """`store` must be open."""
        self._store = store
        self._settings = settings

    def copies(self) -> dict[str, int]:
        """Copies of each row by data centre."""
        rows = self._ask("read_replication", self._settings.store_keyspace)
        options = dict(rows[0][0]) if rows else {}
        return {where: int(number) for where, number in options.items() if str(number).isdigit()}

    def now_ms(self) -> int:
        """The clock of the node that was asked."""
        return milliseconds(self._ask("read_clock")[0][0])

    def through_ms(self) -> int | None:
        """Everything that the log took before then is in the store; None before the job's first checkpoint."""
        rows = self._ask("read_progress", self._settings.generation)
        return min((milliseconds(through) for _, _, through in rows), default=None)

    def rewrite(self) -> None:
        """Write a row as it stands there already: shows that writing is allowed, and changes nothing."""
        for row in self._ask("read_migrations"):
            self._ask("write_migration", *row)

    def _ask(self, name: str, *values: object) -> list[Row]:
        return self._store.execute(self._store.prepare(statement(name)), values)
