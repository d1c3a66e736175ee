"""Foreign errors: what the driver raises, and what it is to us."""

from cassandra import DriverException, OperationTimedOut, RateLimitReached, RequestExecutionException, protocol
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException

from udfs.errors import StoreError, StoreRefused, StoreUnavailable

_UNAVAILABLE = (
    *(NoHostAvailable, OperationTimedOut, RequestExecutionException, RateLimitReached, ConnectionException, OSError),
    # As a node has sent them: the driver hands over what it meets when it prepares a statement again.
    *(protocol.RequestExecutionException, protocol.ServerError),
)
"""Foreign errors that another try may overcome; every other error of the driver is final."""

_NOT_LOOKED_UP = "Unable to perform auth"
"""So begins what Cassandra says of a login, or of a permission, when the tables that hold them do not answer."""


def translated(exc: Exception) -> StoreError:
    """Our error for an error of the driver."""
    kind = StoreUnavailable if _may_pass(exc) and not _refused(exc) else StoreRefused
    return kind(f"{type(exc).__name__}: {exc}")


def _may_pass(exc: Exception) -> bool:
    return isinstance(exc, _UNAVAILABLE) or _NOT_LOOKED_UP in str(exc)


def _refused(exc: Exception) -> bool:
    # A wrong password or an unknown statement arrives wrapped, one per host; waiting will not mend it.
    nested = exc.errors.values() if isinstance(exc, NoHostAvailable) and isinstance(exc.errors, dict) else ()
    return bool(nested) and all(isinstance(e, DriverException) and not _may_pass(e) for e in nested)
