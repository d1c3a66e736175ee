"""What the job asks of the store: upserts of rows, its progress and report, and a guard against mixed versions."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias

from cql import statement
from cql.generations import ORDER, Generations, check_open
from cql.job_report import JobReport, to_json
from cql.rows import BatchKey, Layout, Progress, column
from cql.settings import StoreSettings
from cql.store import Prepared, Store
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import StoreRefused
from udfs.events.batch import instant
from udfs.statistics.fold import Delta

Places: TypeAlias = tuple[int, ...]
"""Places of dimensions in the catalogue."""


class Writer:
    """Writes the deltas of one catalogue and generation. Every write is idempotent."""

    def __init__(self, store: Store, settings: StoreSettings, catalogue: Catalogue) -> None:
        """`store` must be open and migrated for the catalogue. Raises StoreRefused where it is not."""
        self._store = store
        self._generation = settings.generation
        since_ms = Generations(store).find(settings.generation).since_ms
        self._layout = Layout(catalogue, settings.generation, settings.retention_days, since_ms)
        self._names = catalogue.names
        self._delta = cache(self._prepare)
        # Now, so that a worker whose table lacks a column does not open, instead of failing with each batch.
        self._delta(())
        self._progress = store.prepare(statement("write_progress"))
        self._tell = store.prepare(statement("write_job_report"))

    async def write(self, key: BatchKey, delta: Delta, now_ms: int, places: Places = ()) -> bool:
        """Upsert one batch; False if it is past its retention, or not whole, and was left out. Raises StoreError.

        `places`: which of the catalogue's dimensions the delta holds; none named means all of them.
        """
        values = self._layout.values(key, delta, now_ms)
        if values is None:
            return False
        await self._store.run(self._delta(places), values)
        return True

    def report(self, progress: Progress) -> None:
        """Record how far a partition has come."""
        through = instant(progress.fresh_through_ms)
        values = (self._generation, progress.partition, progress.next_offset, through)
        self._store.execute(self._progress, values)

    def tell(self, report: JobReport) -> None:
        """Replace the job's report of itself."""
        self._store.execute(self._tell, (self._generation, to_json(report)))

    def told(self) -> JobReport | None:
        """The report that was told last; None before the first. Raises EncodingError too."""
        return Generations(self._store).told(self._generation)

    def _prepare(self, places: Places) -> Prepared:
        names = [self._names[place] for place in places] if places else self._names
        return write_statement(self._store, names)


def write_statement(store: Store, names: Sequence[str]) -> Prepared:
    """The statement that upserts a row with the cells of these dimensions."""
    columns, markers = ", ".join(map(column, names)), ", ".join("?" * len(names))
    return store.prepare(statement("write_delta", columns=columns, markers=markers))


def claim(store: Store, settings: StoreSettings, catalogue: Catalogue) -> None:
    """Record each dimension's version and place for the generation. Raises StoreRefused where others have written.

    Also for a generation that was dropped.
    """
    check_open(store, settings.generation)
    order = Generations(store).order(settings.generation)
    _check_versions(settings.generation, foreign_versions(store, settings, catalogue))
    _check_places(settings.generation, catalogue.displaced(order))
    write = store.prepare(statement("write_dimension"))
    for dimension in catalogue.dimensions:
        store.execute(write, (settings.generation, dimension.name, catalogue.version(dimension)))
    # An earlier build may lack what was appended since: its place stays.
    longest = max(order, catalogue.names, key=len)
    store.execute(write, (settings.generation, ORDER, " ".join(longest)))


def foreign_versions(store: Store, settings: StoreSettings, catalogue: Catalogue) -> dict[str, str]:
    """Dimensions that the generation holds in another version than the catalogue's, with that version."""
    return catalogue.foreign(Generations(store).versions(settings.generation))


def _check_versions(generation: int, foreign: Mapping[str, str]) -> None:
    for name, version in foreign.items():
        message = (
            f"generation {generation} holds dimension {name!r} in version {version}, which is not the "
            "catalogue's; write into a new generation, or restore the catalogue"
        )
        raise StoreRefused(message)


def _check_places(generation: int, displaced: Mapping[str, str]) -> None:
    for name, other in displaced.items():
        message = (
            f"generation {generation} holds dimension {name!r} in the place that the catalogue gives to {other!r}, so "
            "events in its job's state would be counted under the wrong one; append dimensions at the end and keep "
            "those no longer wanted (retired = true), or compute a new generation (`penchant reprocess --from DATE`)"
        )
        raise StoreRefused(message)
