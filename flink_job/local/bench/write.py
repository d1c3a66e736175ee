"""`penchant bench write`: our `Writer` against the bare driver's own loop over the same rows.

In: how many users of 60 rows. Out: rows a second and microseconds of CPU per row, of each. The bare driver gets rows
that are laid out already; ours encodes statistics, reckons TTL and timestamp, and answers on an event loop.
"""

import asyncio
import os
import platform
from collections.abc import Callable, Iterator

import msgspec

from cql.rows import BatchKey
from cql.store import Store
from cql.writer import Writer, write_statement
from flink_job import clock, heap
from flink_job.local.bench.cpu import CLIENT, Meter
from flink_job.local.bench.serving import DATES, UNDER_WAY, Served, laid_out
from flink_job.local.bench.spread import Run, Spread, cost
from flink_job.local.bench.stored import Stored, stored
from udfs.statistics.fold import Delta

BARE, OURS = "bare driver", "writer"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`users` of 60 rows each, written `repeats` times by either way."""

    users: int
    repeats: int


class Report(msgspec.Struct, frozen=True):
    """`to_bare_driver`: rows per CPU second of the client, ours over the bare driver's."""

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    rows: int
    per_second: dict[str, Spread]
    cpu_us: dict[str, dict[str, float]]
    to_bare_driver: float


def write(served: Served, order: Order, say: Callable[[str], None]) -> Report:
    """Measure, in turn; the first run of each warms up and does not count."""
    rows = stored(served.items, order.users, DATES, served.last)
    store = Store.open(served.settings)
    # As in a worker; the bare driver has the same.
    heap.settle()
    runs: dict[str, list[Run]] = {BARE: [], OURS: []}
    try:
        for repeat in range(order.repeats + 1):
            say(f"writing, {repeat} of {order.repeats}")
            runs[BARE].append(_bare(served, store, rows))
            runs[OURS].append(asyncio.run(_ours(served, store, rows)))
    finally:
        store.close()
    costs = {name: cost(found[1:]) for name, found in runs.items()}
    cpu = {name: one.cpu_us for name, one in costs.items()}
    return Report(
        platform.machine(),
        os.cpu_count() or 0,
        "Cassandra and the bench itself, and whatever else ran on the machine",
        order,
        sum(map(len, rows.values())),
        {name: one.per_second for name, one in costs.items()},
        cpu,
        round(cpu[BARE][CLIENT] / cpu[OURS][CLIENT], 3),
    )


def _bare(served: Served, store: Store, rows: dict[str, Stored]) -> Run:
    values = laid_out(served.settings, served.catalogue, rows)
    statement = write_statement(store, served.catalogue.names)
    meter = Meter(served.local.directory)
    for _ in store.concurrently(statement, values, UNDER_WAY):
        pass
    return meter.stop(len(values))


async def _ours(served: Served, store: Store, rows: dict[str, Stored]) -> Run:
    writer = Writer(store, served.settings, served.catalogue)
    waiting = iter([row for own in rows.values() for row in own])
    meter = Meter(served.local.directory)
    await asyncio.gather(*(_drain(writer, waiting) for _ in range(UNDER_WAY)))
    return meter.stop(sum(map(len, rows.values())))


async def _drain(writer: Writer, waiting: Iterator[tuple[BatchKey, Delta]]) -> None:
    for key, delta in waiting:
        await writer.write(key, delta, clock.now_ms())
