"""The whole table, row by row: for `penchant verify`, not for serving."""

from collections.abc import Iterator

from cql import statement
from cql.rows import BatchKey, StoredRow, column
from cql.settings import StoreSettings
from cql.store import Store, date
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import Batch, day_of


def scan(store: Store, settings: StoreSettings, catalogue: Catalogue) -> Iterator[StoredRow]:
    """Every row of the settings' generation with all cells of the catalogue, in no order. Raises StoreError."""
    names = [dimension.name for dimension in catalogue.dimensions]
    prepared = store.prepare(statement("scan_deltas", columns=", ".join(map(column, names))))
    for user_id, generation, day, number, version, events, items, *cells in store.scan(prepared):
        if generation == settings.generation:
            present = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
            key = BatchKey(user_id, Batch(day_of(date(day)), number))
            yield StoredRow(key, version, events, items, present)
