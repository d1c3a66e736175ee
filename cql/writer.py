"""What the job asks of the store: upserts of rows, its progress and report, and a guard against mixed versions."""

import datetime
from functools import cache
from typing import TypeAlias

from cql import statement
from cql.job_report import JobReport, from_json, to_json
from cql.rows import BatchKey, Layout, Progress, column
from cql.settings import StoreSettings
from cql.store import Prepared, Store
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import StoreRefused
from udfs.statistics.fold import Delta

Places: TypeAlias = tuple[int, ...]
"""Places of dimensions in the catalogue."""


class Writer:
    """Writes the deltas of one catalogue and generation. Every write is idempotent."""

    def __init__(self, store: Store, settings: StoreSettings, catalogue: Catalogue) -> None:
        """`store` must be open and migrated for the catalogue."""
        self._store = store
        self._generation = settings.generation
        self._layout = Layout(catalogue, settings.generation, settings.retention_days)
        self._names = [dimension.name for dimension in catalogue.dimensions]
        self._delta = cache(self._prepare)
        self._progress = store.prepare(statement("write_progress"))
        self._tell = store.prepare(statement("write_job_report"))
        self._told = store.prepare(statement("read_job_report"))

    async def write(self, key: BatchKey, delta: Delta, now_ms: int, places: Places = ()) -> bool:
        """Upsert one batch; False if it is past its retention and was left out. Raises StoreError.

        `places`: which of the catalogue's dimensions the delta holds; none named means all of them.
        """
        values = self._layout.values(key, delta, now_ms)
        if values is None:
            return False
        await self._store.run(self._delta(places), values)
        return True

    def report(self, progress: Progress) -> None:
        """Record how far a partition has come."""
        through = datetime.datetime.fromtimestamp(progress.fresh_through_ms / 1000, datetime.UTC)
        values = (self._generation, progress.partition, progress.next_offset, through)
        self._store.execute(self._progress, values)

    def tell(self, report: JobReport) -> None:
        """Replace the job's report of itself."""
        self._store.execute(self._tell, (self._generation, to_json(report)))

    def told(self) -> JobReport | None:
        """The report that was told last; None before the first. Raises EncodingError too."""
        rows = self._store.execute(self._told, (self._generation,))
        return from_json(rows[0][0]) if rows else None

    def _prepare(self, places: Places) -> Prepared:
        names = [self._names[place] for place in places] if places else self._names
        columns, markers = ", ".join(map(column, names)), ", ".join("?" * len(names))
        return self._store.prepare(statement("write_delta", columns=columns, markers=markers))


def claim(store: Store, settings: StoreSettings, catalogue: Catalogue) -> None:
    """Record each dimension's version for the generation. Raises StoreRefused where another version has written."""
    known: dict[str, str] = dict(store.execute(store.prepare(statement("read_dimensions")), (settings.generation,)))
    write = store.prepare(statement("write_dimension"))
    for dimension in catalogue.dimensions:
        version = catalogue.version(dimension)
        if known.get(dimension.name, version) != version:
            message = (
                f"generation {settings.generation} holds dimension {dimension.name!r} in version "
                f"{known[dimension.name]}, the catalogue now says {version}; write into a new generation, "
                "or restore the catalogue"
            )
            raise StoreRefused(message)
        store.execute(write, (settings.generation, dimension.name, version))
