"""What the API asks of the store: a user's deltas in one round trip, and how far the job has come."""

import datetime
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress

from cql import statement
from cql.job_report import JobReport, from_json
from cql.rows import BatchRow, Progress, column
from cql.settings import StoreSettings
from cql.store import Prepared, Row, Store, date
from udfs.errors import StoreRefused


class Reader:
    """Reads one generation. Raises StoreUnavailable or StoreRefused."""

    def __init__(self, store: Store, settings: StoreSettings) -> None:
        """`store` must be open; statements are prepared as they are first needed, one per set of dimensions."""
        self._store = store
        self._generation = settings.generation
        self._progress = store.prepare(statement("read_progress"))
        self._job_report = store.prepare(statement("read_job_report"))
        self._user_after = store.prepare(statement("read_user_after"))
        self._in_force = store.prepare(statement("read_priors_in_force"))
        self._priors = store.prepare(statement("read_priors"))
        self._deltas = lru_cache(maxsize=256)(self._prepare)

    async def batches(
        self, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        """The user's rows from `first` to `last`, newest date first, with the cells of `dimensions` only."""
        prepared = self._deltas(tuple(dimensions))
        rows = await self._store.run(prepared, (user_id, self._generation, first, last))
        return [batch_row(row, dimensions) for row in rows]

    async def progress(self) -> list[Progress]:
        """How far the job has come in each partition of the log; empty before its first checkpoint."""
        rows = await self._store.run(self._progress, (self._generation,))
        return [Progress(partition, offset, milliseconds(through)) for partition, offset, through in rows]

    async def job_report(self) -> JobReport | None:
        """What the job last told of itself; None before its first report. Raises EncodingError too."""
        rows = await self._store.run(self._job_report, (self._generation,))
        return from_json(rows[0][0]) if rows else None

    async def user_after(self, place: int) -> str | None:
        """The user whose token follows `place`, any 64-bit number; None where none does."""
        rows = await self._store.run(self._user_after, (place,))
        return next((user_id for user_id, generation in rows if generation == self._generation), None)

    async def priors_in_force(self) -> str | None:
        """The version of the priors that answers rest on; None before any were fitted."""
        rows = await self._store.run(self._in_force, ())
        return rows[0][0] if rows else None

    async def priors(self, version: str) -> str:
        """The priors of a version as JSON. Raises StoreRefused if there are none."""
        rows = await self._store.run(self._priors, (version,))
        if not rows:
            message = f"priors {version!r} are in force but not there"
            raise StoreRefused(message)
        return str(rows[0][0])

    def _prepare(self, dimensions: tuple[str, ...]) -> Prepared:
        columns = ", ".join(map(column, dimensions))
        return self._store.prepare(statement("read_deltas", columns=columns))


def batch_row(row: Row, dimensions: Sequence[str]) -> BatchRow:
    """A row of `deltas`: date, batch, version, events, items and the cells of `dimensions`."""
    present = [cell is not None for cell in row[5:]]
    cells = dict(zip(compress(dimensions, present), compress(row[5:], present), strict=True))
    return BatchRow(date(row[0]), row[1], row[2], row[3], row[4], cells)


def milliseconds(instant: datetime.datetime) -> int:
    """Since the epoch."""
    # The driver gives naive datetimes that are meant in UTC.
    return round(instant.replace(tzinfo=datetime.UTC).timestamp() * 1000)
