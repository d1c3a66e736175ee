"""The store: connect, prepare, execute. Beside it only `session`, `answer` and `foreign` know of the driver.

In: statements as text and values to bind. Out: rows as tuples. Callers on an event loop use `run`; commands use
`execute`, and `scan` for what does not fit one page.
"""

import asyncio
import datetime
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import PreparedStatement
from cassandra.util import Date

from cql import statement as text_of
from cql.answer import Answer, Row
from cql.foreign import translated
from cql.hedge import hedged
from cql.post import Post
from cql.session import HURRIED, UNHURRIED, cluster, connect
from cql.settings import StoreSettings

Values: TypeAlias = Sequence[Any]
Prepared: TypeAlias = PreparedStatement

_ANOTHER_PREPARE_S = 0.1


class Store:
    """A connected session."""

    def __init__(self, settings: StoreSettings, *, keyspace: str | None) -> None:
        """Connect; `keyspace` is None only before the keyspace exists. Raises StoreError."""
        self._patience_s = settings.store_timeout_ms / 1000
        self._cluster = cluster(settings)
        self._session = connect(self._cluster, settings, keyspace)
        self._last_post: Post[list[Row]] | None = None

    @classmethod
    def open(cls, settings: StoreSettings) -> "Store":
        """Connect to the keyspace that the settings name."""
        return cls(settings, keyspace=settings.store_keyspace)

    def close(self) -> None:
        """Close all connections."""
        self._cluster.shutdown()

    def prepare(self, text: str) -> Prepared:
        """Prepare a statement; every prepared statement of ours is idempotent. Blocks. Raises StoreError."""
        try:
            # The driver waits for one node; asked again, it goes to the next one.
            statement = hedged(lambda: self._session.prepare(text), _ANOTHER_PREPARE_S, self._patience_s)
        except Exception as exc:
            raise translated(exc) from exc
        statement.is_idempotent = True
        return statement

    def execute(self, statement: Prepared | str, values: Values = ()) -> list[Row]:
        """Run a statement whose rows fit one page; all of them."""
        return list(self._rows(statement, values, HURRIED))

    def ask(self, name: str, *values: Any) -> list[Row]:
        """Prepare and run the statement of that file once; all of its rows. For commands, which run each but seldom."""
        return self.execute(self.prepare(text_of(name)), values)

    def scan(self, statement: Prepared | str, values: Values = ()) -> Iterator[Row]:
        """Run a statement and yield its rows as their pages arrive."""
        # Of two answers to one page the driver would take the second for the next page.
        yield from self._rows(statement, values, UNHURRIED)

    def concurrently(self, statement: Prepared, values: Iterable[Values], under_way: int) -> Iterator[list[Row]]:
        """Run a statement for many values by the driver's own loop, so many at a time; yields the rows of each."""
        try:
            for _, found in execute_concurrent_with_args(
                self._session,
                statement,
                values,
                concurrency=under_way,
                results_generator=True,
                execution_profile=UNHURRIED,
            ):
                yield list(found)
        except Exception as exc:
            raise translated(exc) from exc

    async def run(self, statement: Prepared, values: Values) -> list[Row]:
        """Run a prepared statement on the caller's event loop; all of its pages."""
        ask = partial(self._session.execute_async, statement, values)
        answer = Answer(self._post(asyncio.get_running_loop()), ask)
        try:
            answer.ask()
        except Exception as exc:
            raise translated(exc) from exc
        return await answer.rows

    def _rows(self, statement: Prepared | str, values: Values, profile: object) -> Iterator[Row]:
        try:
            yield from self._session.execute(statement, values or None, execution_profile=profile)
        except Exception as exc:
            raise translated(exc) from exc

    def _post(self, loop: asyncio.AbstractEventLoop) -> Post[list[Row]]:
        if self._last_post is None or self._last_post.loop is not loop:
            self._last_post = Post(loop)
        return self._last_post


def date(value: Date) -> datetime.date:
    """The driver's date as Python's."""
    found = value.date()
    assert isinstance(found, datetime.date)
    return found
