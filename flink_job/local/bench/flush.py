"""Flush: what Cassandra holds of the deltas in memory goes to disk, by the table's own setting and without a tool.

In: a store that runs locally. Out: the bytes that the table has on disk, all rows of a flush in one file, compressed.
"""

import time
from pathlib import Path

from cql.store import Store
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.errors import StackError

_PATIENCE_S = 60.0
_SETTLED_S = 2.0
_POLL_S = 0.2


def flush(store: Store, local: StackSettings, settings: JobSettings) -> dict[str, int]:
    """Bytes by component of the files (Data, Index, Filter, ...) once they have stopped to grow."""
    store.execute("ALTER TABLE deltas WITH memtable_flush_period_in_ms = 500")
    try:
        return _settled(local.directory / "cassandra" / "data" / "data" / settings.store_keyspace)
    finally:
        store.execute("ALTER TABLE deltas WITH memtable_flush_period_in_ms = 0")


def _settled(keyspace: Path) -> dict[str, int]:
    deadline, before, since = time.monotonic() + _PATIENCE_S, dict[str, int](), time.monotonic()
    while time.monotonic() < deadline:
        found = _sizes(keyspace)
        if found != before:
            before, since = found, time.monotonic()
        elif found and time.monotonic() - since > _SETTLED_S:
            return found
        time.sleep(_POLL_S)
    message = f"nothing was flushed to {keyspace} within {_PATIENCE_S:.0f} s"
    raise StackError(message)


def _sizes(keyspace: Path) -> dict[str, int]:
    files = [path for path in keyspace.glob("deltas-*/*.db") if path.is_file()]
    found: dict[str, int] = {}
    for path in files:
        component = path.stem.rsplit("-", 1)[-1]
        found[component] = found.get(component, 0) + path.stat().st_size
    return found
