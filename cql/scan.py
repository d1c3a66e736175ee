"""The whole table, row by row: for `penchant verify`, not for serving."""

from collections.abc import Iterator

from cql import statement
from cql.answer import Row
from cql.generations import Generations
from cql.layers import Layers
from cql.rows import BatchKey, StoredRow, column
from cql.settings import StoreSettings
from cql.store import Store, date
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import Batch, date_of, day_of


def scan(store: Store, settings: StoreSettings, catalogue: Catalogue) -> Iterator[StoredRow]:
    """Every row that counts in the settings' generation, its parents' among them, with all cells of the catalogue.

    In no order. Raises StoreError. Of layers above others the keys are kept in memory.
    """
    names = [dimension.name for dimension in catalogue.dimensions]
    prepared = store.prepare(statement("scan_deltas", columns=", ".join(map(column, names))))
    counting = _Counting(store, Generations(store).layers(settings.generation))
    for user_id, generation, day, number, version, events, items, *cells in store.scan(prepared):
        key = BatchKey(user_id, Batch(day_of(date(day)), number))
        if counting.counts(generation, key):
            present = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
            yield StoredRow(key, version, events, items, present)


class _Counting:
    """Which rows count: those of each layer's dates that no layer above it has."""

    def __init__(self, store: Store, layers: Layers) -> None:
        self._depth = {layer.generation: depth for depth, layer in enumerate(layers)}
        self._layers = layers
        self._above: dict[BatchKey, int] = {}
        if len(layers) > 1:
            self._find(store.scan(store.prepare(statement("scan_places"))))

    def counts(self, generation: int, key: BatchKey) -> bool:
        depth = self._depth.get(generation)
        return depth is not None and self._reaches(depth, key) and self._above.get(key, depth) >= depth

    def _find(self, places: Iterator[Row]) -> None:
        lowest = len(self._layers) - 1
        for user_id, generation, day, number in places:
            depth = self._depth.get(generation, lowest)
            if depth < lowest:
                key = BatchKey(user_id, Batch(day_of(date(day)), number))
                self._above[key] = min(depth, self._above.get(key, depth))

    def _reaches(self, depth: int, key: BatchKey) -> bool:
        before = self._layers[depth].before
        return before is None or date_of(key.batch.day) < before
