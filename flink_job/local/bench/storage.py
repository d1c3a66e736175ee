"""`penchant bench storage`: bytes on disk per (user, date, dimension), after a flush has compacted what was written.

In: users with a row per date. Out: bytes of all components of the table's files, under several ways to compress; the
first is the table's own. Rows expire with their date, so nothing but these rows is ever on disk.
"""

from collections.abc import Callable

import msgspec

from cql.store import Store
from flink_job.local.bench.flush import flush
from flink_job.local.bench.serving import DATES, Served, write
from flink_job.local.bench.stored import stored
from udfs.statistics.encoding import encode

WAYS = {
    "as migrated": None,
    "LZ4, 64 KiB": "{'class': 'LZ4Compressor', 'chunk_length_in_kb': 64}",
    "Zstandard, 16 KiB": "{'class': 'ZstdCompressor', 'chunk_length_in_kb': 16}",
    "Zstandard, 64 KiB": "{'class': 'ZstdCompressor', 'chunk_length_in_kb': 64}",
    "none": "{'enabled': false}",
}
"""In Cassandra's words: ScyllaDB calls the class `sstable_compression`."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`users` of 60 dates."""

    users: int


class Report(msgspec.Struct, frozen=True):
    """`encoded_bytes` of the statistics alone, `bytes` on disk, each per (user, date, dimension), on any machine."""

    order: Order
    cells: int
    encoded_bytes: float
    bytes: dict[str, float]


def storage(served: Served, order: Order, say: Callable[[str], None]) -> Report:
    """Write the same rows under each way to compress, and look at the files."""
    rows = stored(served.items, order.users, DATES, served.last)
    encoded = [len(encode(one)) for own in rows.values() for _, delta in own for one in delta.statistics]
    store = Store.open(served.settings)
    found: dict[str, float] = {}
    try:
        for way, options in WAYS.items():
            say(way)
            store.execute("TRUNCATE deltas")
            if options:
                store.execute(f"ALTER TABLE deltas WITH compression = {options}")
            write(store, served.settings, served.catalogue, rows)
            found[way] = round(sum(flush(store, served.local, served.settings).values()) / len(encoded), 1)
    finally:
        store.close()
    return Report(order, len(encoded), round(sum(encoded) / len(encoded), 1), found)
