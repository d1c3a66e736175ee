"""A generation keeps the place that each dimension has in the events of its job's state."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from strategies import GARAGE

from cql.generations import ORDER, Generations
from cql.settings import StoreSettings
from cql.store import Store
from cql.writer import claim
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.errors import StoreRefused

COLOUR, DOORS = (Dimension(name, "categorical", name) for name in ("colour", "doors"))
MAKE, PRICE, MILEAGE = GARAGE.dimensions


class HeldDimensions(Store):
    """The table `dimensions` of one generation, in memory; the other tables are empty."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def ask(self, name: str, *values: Any) -> list[Any]:
        if name == "read_order":
            return [(self.rows[ORDER],)] if ORDER in self.rows else []
        return [row for row in self.rows.items() if row[0] >= "a"] if name == "read_dimensions" else []

    def prepare(self, text: str) -> str:
        return text

    def execute(self, statement: object, values: Sequence[Any] = ()) -> list[Any]:
        _, name, version = values
        self.rows[name] = version
        return []


@pytest.fixture
def store() -> HeldDimensions:
    return HeldDimensions()


def of(*dimensions: Dimension) -> Catalogue:
    return msgspec.structs.replace(GARAGE, dimensions=dimensions)


@pytest.mark.parametrize(
    "dimensions",
    [(PRICE, MAKE, MILEAGE), (COLOUR, MAKE, PRICE, MILEAGE), (MAKE, MILEAGE), (MAKE, PRICE, COLOUR, MILEAGE)],
    ids=["exchanged", "put before", "removed", "put between"],
)
def test_a_dimension_that_has_moved_is_refused(store: HeldDimensions, dimensions: tuple[Dimension, ...]) -> None:
    claim(store, StoreSettings(), GARAGE)
    held = dict(store.rows)
    with pytest.raises(StoreRefused, match=r"in the place that the catalogue gives to .* append .* --from DATE"):
        claim(store, StoreSettings(), of(*dimensions))
    assert store.rows == held


def test_a_dimension_may_be_appended_and_lacked_again_but_its_place_stays(store: HeldDimensions) -> None:
    for dimensions in ((), (COLOUR,), ()):
        claim(store, StoreSettings(), of(*GARAGE.dimensions, *dimensions))
    with pytest.raises(StoreRefused, match="'colour' in the place that the catalogue gives to 'doors'"):
        claim(store, StoreSettings(), of(*GARAGE.dimensions, DOORS))


def test_a_dimension_that_is_retired_keeps_its_place(store: HeldDimensions) -> None:
    claim(store, StoreSettings(), GARAGE)
    claim(store, StoreSettings(), of(MAKE, msgspec.structs.replace(PRICE, retired=True), MILEAGE))


def test_a_generation_of_a_build_that_kept_no_places_is_given_them(store: HeldDimensions) -> None:
    store.rows = {one.name: GARAGE.version(one) for one in GARAGE.dimensions}
    claim(store, StoreSettings(), GARAGE)
    assert Generations(store).order(1) == ["make", "price", "mileage"]
    assert set(Generations(store).versions(1)) == {"make", "price", "mileage"}
