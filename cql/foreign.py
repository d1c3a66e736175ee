"""Foreign errors: what the driver raises, and what it is to us."""

from cassandra import DriverException, OperationTimedOut, RequestExecutionException
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException

from udfs.errors import StoreError, StoreRefused, StoreUnavailable

_UNAVAILABLE = (NoHostAvailable, OperationTimedOut, RequestExecutionException, ConnectionException, OSError)
"""Foreign errors that another try may overcome; every other error of the driver is final."""


def translated(exc: Exception) -> StoreError:
    """Our error for an error of the driver."""
    kind = StoreUnavailable if isinstance(exc, _UNAVAILABLE) and not _refused(exc) else StoreRefused
    return kind(f"{type(exc).__name__}: {exc}")


def _refused(exc: Exception) -> bool:
    # A wrong password or an unknown statement arrives wrapped, one per host; waiting will not mend it.
    nested = exc.errors.values() if isinstance(exc, NoHostAvailable) and isinstance(exc.errors, dict) else ()
    return bool(nested) and all(isinstance(e, DriverException) and not isinstance(e, _UNAVAILABLE) for e in nested)
