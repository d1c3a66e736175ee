"""A session: connections to all nodes, and how questions are put to them.

In: settings. Out: the driver's cluster, and a session of one keyspace. It must be opened in the process that uses it:
it does not survive a fork.
"""

import ssl

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    NoSpeculativeExecutionPolicy,
    SpeculativeExecutionPolicy,
    TokenAwarePolicy,
)
from cassandra.query import tuple_factory

from cql.foreign import translated
from cql.settings import StoreSettings
from udfs.errors import SettingsError

HURRIED = EXEC_PROFILE_DEFAULT
"""The profile of questions for which a second node is asked soon; both may answer."""
UNHURRIED = "unhurried"
"""The profile of questions that are put to one node alone."""

_FETCH_ROWS = 2_000
_ANOTHER_NODE_S = 0.02
_SILENCE_S = 5.0
"""A node is asked whether it lives after so long a silence, and given up after as long again, or the longest wait."""
_RECONNECT_S = 2.0
"""The longest pause between two looks whether a node that was gone is back."""


def cluster(settings: StoreSettings) -> Cluster:
    """Nodes, and how they are asked; nothing is connected yet. Raises SettingsError for unusable TLS files."""
    hurried = ConstantSpeculativeExecutionPolicy(delay=_ANOTHER_NODE_S, max_attempts=1)
    return Cluster(
        settings.hosts,
        port=settings.store_port,
        execution_profiles={
            HURRIED: _profile(settings, hurried),
            UNHURRIED: _profile(settings, NoSpeculativeExecutionPolicy()),
        },
        protocol_version=4,
        connect_timeout=5,
        # It would wait for each of them; a node that does not know a statement is told when it is met.
        prepare_on_all_hosts=False,
        idle_heartbeat_interval=_SILENCE_S,
        idle_heartbeat_timeout=max(_SILENCE_S, settings.store_timeout_ms / 1000),
        reconnection_policy=ExponentialReconnectionPolicy(0.5, _RECONNECT_S),
        auth_provider=_login(settings),
        ssl_context=tls(settings),
    )


def _profile(settings: StoreSettings, hurry: SpeculativeExecutionPolicy) -> ExecutionProfile:
    nodes = DCAwareRoundRobinPolicy(settings.store_datacenter)
    return ExecutionProfile(
        # To shuffle, the driver reorders a list that plans under way still walk: it would ask one node twice.
        load_balancing_policy=TokenAwarePolicy(nodes, shuffle_replicas=False),
        consistency_level=ConsistencyLevel.name_to_value[settings.store_consistency],
        request_timeout=settings.store_timeout_ms / 1000,
        row_factory=tuple_factory,
        speculative_execution_policy=hurry,
    )


def _login(settings: StoreSettings) -> PlainTextAuthProvider | None:
    return PlainTextAuthProvider(settings.store_user, settings.store_password) if settings.store_user else None


def tls(settings: StoreSettings) -> ssl.SSLContext | None:
    """Encryption to nodes whose certificates the authority has signed. Raises SettingsError for unusable files."""
    if not settings.store_tls_ca:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.store_tls_ca)
        if settings.store_tls_certificate:
            context.load_cert_chain(settings.store_tls_certificate, settings.store_tls_key or None)
    except OSError as exc:
        names = f"PENCHANT_STORE_TLS_CA={settings.store_tls_ca}, _CERTIFICATE and _KEY"
        message = f"TLS to the store: {exc}; {names} must name PEM files that can be read"
        raise SettingsError(message) from exc
    # Nodes are met by address and not by name, so it is the authority alone that vouches for them.
    context.check_hostname = False
    return context


def connect(cluster: Cluster, settings: StoreSettings, keyspace: str | None) -> Session:
    """Connect to a keyspace. Raises StoreError, after which the cluster is shut down."""
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
