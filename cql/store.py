"""The store: connect, prepare, execute. The only import of the driver, and the edge where its errors become ours.

In: statements as text and values to bind. Out: rows as tuples. Callers on an event loop use `run`; commands use
`execute`. A session must be opened in the process that uses it: it does not survive a fork.
"""

import asyncio
import datetime
import ssl
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from cassandra import ConsistencyLevel, DriverException, OperationTimedOut, RequestExecutionException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, ResponseFuture, Session
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.connection import ConnectionException
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)
from cassandra.query import PreparedStatement, tuple_factory
from cassandra.util import Date

from cql import statement as text_of
from cql.hedge import hedged
from cql.post import Post
from cql.settings import StoreSettings
from udfs.errors import SettingsError, StoreError, StoreRefused, StoreUnavailable

Values: TypeAlias = Sequence[Any]
Row: TypeAlias = tuple[Any, ...]
Prepared: TypeAlias = PreparedStatement

_UNAVAILABLE = (NoHostAvailable, OperationTimedOut, RequestExecutionException, ConnectionException, OSError)
"""Foreign errors that another try may overcome; every other error of the driver is final."""

_FETCH_ROWS = 2_000
_ANOTHER_NODE_S = 0.02
_ANOTHER_PREPARE_S = 0.1
_SILENCE_S = 5.0
"""A node is asked whether it lives after so long a silence, and given up after as long again, or the longest wait."""
_RECONNECT_S = 2.0
"""The longest pause between two looks whether a node that was gone is back."""


class Store:
    """A connected session."""

    def __init__(self, settings: StoreSettings, *, keyspace: str | None) -> None:
        """Connect; `keyspace` is None only before the keyspace exists. Raises StoreError."""
        self._patience_s = settings.store_timeout_ms / 1000
        self._cluster = _cluster(settings)
        self._session = _connect(self._cluster, settings, keyspace)
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
        """Run a statement; all of its rows."""
        return list(self.scan(statement, values))

    def ask(self, name: str, *values: Any) -> list[Row]:
        """Prepare and run the statement of that file once; all of its rows. For commands, which run each but seldom."""
        return self.execute(self.prepare(text_of(name)), values)

    def scan(self, statement: Prepared | str, values: Values = ()) -> Iterator[Row]:
        """Run a statement and yield its rows as their pages arrive."""
        try:
            yield from self._session.execute(statement, values or None)
        except Exception as exc:
            raise translated(exc) from exc

    def concurrently(self, statement: Prepared, values: Iterable[Values], under_way: int) -> Iterator[list[Row]]:
        """Run a statement for many values by the driver's own loop, so many at a time; yields the rows of each."""
        try:
            for _, found in execute_concurrent_with_args(
                self._session, statement, values, concurrency=under_way, results_generator=True
            ):
                yield list(found)
        except Exception as exc:
            raise translated(exc) from exc

    async def run(self, statement: Prepared, values: Values) -> list[Row]:
        """Run a prepared statement on the caller's event loop; all of its pages."""
        answer = _Answer(self._post(asyncio.get_running_loop()))
        try:
            answer.listen(self._session.execute_async(statement, values))
        except Exception as exc:
            raise translated(exc) from exc
        return await answer.rows

    def _post(self, loop: asyncio.AbstractEventLoop) -> Post[list[Row]]:
        if self._last_post is None or self._last_post.loop is not loop:
            self._last_post = Post(loop)
        return self._last_post


class _Answer:
    """Gathers the pages of one answer."""

    __slots__ = ("_pages", "_post", "_response", "rows")

    def __init__(self, post: Post[list[Row]]) -> None:
        self.rows: asyncio.Future[list[Row]] = post.loop.create_future()
        self._post = post
        self._pages: list[Row] = []

    def listen(self, response: ResponseFuture) -> None:
        self._response = response
        response.add_callbacks(self._page, self._failed)

    # The two below run in the driver's thread, which swallows exceptions and must not be held up.
    def _page(self, rows: list[Row] | None) -> None:
        self._pages.extend(rows or ())
        if self._response.has_more_pages:
            self._response.start_fetching_next_page()
        else:
            self._post.send(self.rows, self._pages)

    def _failed(self, exc: Exception) -> None:
        error = translated(exc)
        error.__cause__ = exc
        self._post.send(self.rows, error)


def translated(exc: Exception) -> StoreError:
    """Our error for an error of the driver."""
    kind = StoreUnavailable if isinstance(exc, _UNAVAILABLE) and not _refused(exc) else StoreRefused
    return kind(f"{type(exc).__name__}: {exc}")


def date(value: Date) -> datetime.date:
    """The driver's date as Python's."""
    found = value.date()
    assert isinstance(found, datetime.date)
    return found


def _refused(exc: Exception) -> bool:
    # A wrong password or an unknown statement arrives wrapped, one per host; waiting will not mend it.
    nested = exc.errors.values() if isinstance(exc, NoHostAvailable) and isinstance(exc.errors, dict) else ()
    return bool(nested) and all(isinstance(e, DriverException) and not isinstance(e, _UNAVAILABLE) for e in nested)


def _cluster(settings: StoreSettings) -> Cluster:
    nodes = DCAwareRoundRobinPolicy(settings.store_datacenter)
    profile = ExecutionProfile(
        # To shuffle, the driver reorders a list that plans under way still walk: it would ask one node twice.
        load_balancing_policy=TokenAwarePolicy(nodes, shuffle_replicas=False),
        consistency_level=ConsistencyLevel.name_to_value[settings.store_consistency],
        request_timeout=settings.store_timeout_ms / 1000,
        row_factory=tuple_factory,
        speculative_execution_policy=ConstantSpeculativeExecutionPolicy(delay=_ANOTHER_NODE_S, max_attempts=1),
    )
    return Cluster(
        settings.hosts,
        port=settings.store_port,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        protocol_version=4,
        connect_timeout=5,
        # It would wait for each of them; a node that does not know a statement is told when it is met.
        prepare_on_all_hosts=False,
        idle_heartbeat_interval=_SILENCE_S,
        idle_heartbeat_timeout=max(_SILENCE_S, settings.store_timeout_ms / 1000),
        reconnection_policy=ExponentialReconnectionPolicy(0.5, _RECONNECT_S),
        auth_provider=_login(settings),
        ssl_context=_tls(settings),
    )


def _login(settings: StoreSettings) -> PlainTextAuthProvider | None:
    return PlainTextAuthProvider(settings.store_user, settings.store_password) if settings.store_user else None


def _tls(settings: StoreSettings) -> ssl.SSLContext | None:
    """Encryption to nodes whose certificates the authority has signed. Raises SettingsError for unusable files."""
    if not settings.store_tls_ca:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.store_tls_ca)
        if settings.store_tls_certificate:
            context.load_cert_chain(settings.store_tls_certificate, settings.store_tls_key or None)
    except OSError as exc:
        message = f"TLS to the store: {exc}; PENCHANT_STORE_TLS_* must name PEM files that can be read"
        raise SettingsError(message) from exc
    # Nodes are met by address and not by name, so it is the authority alone that vouches for them.
    context.check_hostname = False
    return context


def _connect(cluster: Cluster, settings: StoreSettings, keyspace: str | None) -> Session:
    try:
        session = cluster.connect(keyspace)
    except Exception as exc:
        cluster.shutdown()
        where = f"{settings.store_hosts}:{settings.store_port}, keyspace {keyspace}"
        error = translated(exc)
        message = f"cannot connect to the store at {where}: {error}; is it up, and has `penchant migrate` run?"
        raise type(error)(message) from exc
    session.default_fetch_size = _FETCH_ROWS
    return session
