"""What the API asks of the store: a user's deltas in one round trip per layer, and how far the job has come."""

import asyncio
import datetime
from collections.abc import Sequence

from cql import statement
from cql.answer import Row
from cql.job_report import JobReport, from_json
from cql.layers import Generation, InForce, Layers, overlay
from cql.rows import BatchRow, Progress, column
from cql.store import Prepared, Store, date
from udfs.errors import StoreRefused

_REMEMBERED = 256


class Reader:
    """Reads any generation. Raises StoreUnavailable or StoreRefused."""

    def __init__(self, store: Store) -> None:
        """`store` must be open; statements are prepared as they are first needed, one per set of dimensions."""
        self._store = store
        self._progress = store.prepare(statement("read_progress"))
        self._job_report = store.prepare(statement("read_job_report"))
        self._user_after = store.prepare(statement("read_user_after"))
        self._generation_in_force = store.prepare(statement("read_generation_in_force"))
        self._generations = store.prepare(statement("read_generations"))
        self._versions = store.prepare(statement("read_dimensions"))
        self._priors_in_force = store.prepare(statement("read_priors_in_force"))
        self._priors = store.prepare(statement("read_priors"))
        self._deltas: dict[tuple[str, ...], Prepared] = {}

    async def batches(
        self, layers: Layers, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        """The user's rows that count from `first` to `last`, newest date first, with the cells of `dimensions` only."""
        asked = [(layer.generation, first, layer.last(last)) for layer in layers if layer.last(last) >= first]
        if len(asked) == 1:
            return await self._batches(user_id, *asked[0], dimensions)
        return overlay(await asyncio.gather(*(self._batches(user_id, *one, dimensions) for one in asked)))

    async def progress(self, generation: int) -> list[Progress]:
        """How far the job of a generation has come in each partition of the log; empty before its first report."""
        rows = await self._store.run(self._progress, (generation,))
        return [as_progress(row) for row in rows]

    async def job_report(self, generation: int) -> JobReport | None:
        """What the job of a generation last told of itself; None before its first report. Raises EncodingError too."""
        rows = await self._store.run(self._job_report, (generation,))
        return from_json(rows[0][0]) if rows else None

    async def user_after(self, layers: Layers, place: int) -> str | None:
        """The user whose token follows `place`, any 64-bit number; None where none does."""
        rows = await self._store.run(self._user_after, (place,))
        served = {layer.generation for layer in layers}
        return next((user_id for user_id, generation in rows if generation in served), None)

    async def in_force(self) -> InForce | None:
        """The generation that answers rest on; None before the first switch."""
        rows = await self._store.run(self._generation_in_force, ())
        return as_in_force(rows[0]) if rows else None

    async def generations(self) -> dict[int, Generation]:
        """Those that were made on purpose, by number."""
        rows = await self._store.run(self._generations, ())
        return {one.number: one for one in map(as_generation, rows)}

    async def versions(self, generation: int) -> dict[str, str]:
        """The version of each dimension in a generation; none before a job has begun to write it."""
        return dict(await self._store.run(self._versions, (generation,)))

    async def priors_in_force(self) -> str | None:
        """The version of the priors that answers rest on; None before any were fitted."""
        rows = await self._store.run(self._priors_in_force, ())
        return rows[0][0] if rows else None

    async def priors(self, version: str) -> str:
        """The priors of a version as JSON. Raises StoreRefused if there are none."""
        rows = await self._store.run(self._priors, (version,))
        if not rows:
            message = f"priors {version!r} are in force but not there"
            raise StoreRefused(message)
        return str(rows[0][0])

    async def _batches(
        self, user_id: str, generation: int, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        prepared = self._deltas.get(tuple(dimensions)) or await self._prepare(tuple(dimensions))
        rows = await self._store.run(prepared, (user_id, generation, first, last))
        return [batch_row(row, dimensions) for row in rows]

    async def _prepare(self, dimensions: tuple[str, ...]) -> Prepared:
        """Prepare beside the event loop, which must not wait, and remember the last few."""
        prepared = await asyncio.to_thread(read_statement, self._store, dimensions)
        if len(self._deltas) >= _REMEMBERED:
            del self._deltas[next(iter(self._deltas))]
        self._deltas[dimensions] = prepared
        return prepared


def read_statement(store: Store, dimensions: tuple[str, ...]) -> Prepared:
    """The statement that reads a user's rows with the cells of `dimensions`."""
    return store.prepare(statement("read_deltas", columns=", ".join(map(column, dimensions))))


def batch_row(row: Row, dimensions: Sequence[str]) -> BatchRow:
    """A row of `deltas`: date, batch, version, events, items and the cells of `dimensions`."""
    cells = dict(zip(dimensions, row[5:], strict=True))
    if None in row:
        cells = {name: cell for name, cell in cells.items() if cell is not None}
    return BatchRow(date(row[0]), row[1], row[2], row[3], row[4], cells)


def as_progress(row: Row) -> Progress:
    """A row of `progress`."""
    partition, offset, through = row
    return Progress(partition, offset, milliseconds(through))


def as_generation(row: Row) -> Generation:
    """A row of `generations`; one that was dropped may have nothing but its number and state."""
    number, parent, alone_from, since, state, origin, made_at = row
    return Generation(
        number=number,
        parent=parent,
        alone_from=None if alone_from is None else date(alone_from),
        since_ms=None if since is None else milliseconds(since),
        state=state,
        origin=origin or "",
        made_at=None if made_at is None else made_at.replace(tzinfo=datetime.UTC),
    )


def as_in_force(row: Row) -> InForce:
    """The row of `generation_in_force`."""
    number, previous, switched_at = row
    return InForce(number, previous, switched_at.replace(tzinfo=datetime.UTC))


def milliseconds(instant: datetime.datetime) -> int:
    """Since the epoch."""
    # The driver gives naive datetimes that are meant in UTC.
    return round(instant.replace(tzinfo=datetime.UTC).timestamp() * 1000)
