"""The whole table, row by row: for `penchant verify`, not for serving."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from cql import statement
from cql.answer import Row
from cql.layers import Layers
from cql.rows import BatchKey, StoredRow, column
from cql.store import Store, date
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import Batch, date_of, day_of

Holds: TypeAlias = Callable[[str], bool]
"""Whether a user, by id, is one of those who are asked for."""


def scan(store: Store, layers: Layers, catalogue: Catalogue, holds: Holds = lambda _: True) -> Iterator[StoredRow]:
    """Every row that counts in these layers, with all cells of the catalogue.

    Of the users that `holds` says, in no order. Raises StoreError. Keys of layers above others are kept in memory.
    """
    names = catalogue.names
    prepared = store.prepare(statement("scan_deltas", columns=", ".join(map(column, names))))
    counting = _Counting(store, layers, holds)
    for user_id, generation, day, number, version, events, items, *cells in _held(store.scan(prepared), holds):
        key = BatchKey(user_id, Batch(day_of(date(day)), number))
        if counting.counts(generation, key):
            present = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
            yield StoredRow(key, version, events, items, present)


class _Counting:
    """Which rows count: those of each layer's dates that no layer above it has."""

    def __init__(self, store: Store, layers: Layers, holds: Holds) -> None:
        self._depth = {layer.generation: depth for depth, layer in enumerate(layers)}
        self._layers = layers
        self._above: dict[BatchKey, int] = {}
        if len(layers) > 1:
            self._find(_held(store.scan(store.prepare(statement("scan_places"))), holds))

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


def _held(rows: Iterator[Row], holds: Holds) -> Iterator[Row]:
    """Rows begin with the id of their user."""
    return (row for row in rows if holds(row[0]))
