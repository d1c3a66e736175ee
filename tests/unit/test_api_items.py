"""Items of a request's body: what is remembered of them, and which one is named when it cannot be read."""

import msgspec
import pytest

from api import items
from api.items import ItemReader
from udfs.catalogues.catalogue import load
from udfs.errors import QueryError
from udfs.model.items import Items

CARS = load("cars")
NAMES = ("make", "price")
FINE, FAULTY = {"id": "a", "make": "BMW", "price_eur": 9_000}, {"id": "b", "price_eur": "cheap"}


def read(reader: ItemReader, *raw: object, names: tuple[str, ...] = NAMES) -> Items:
    return reader.read(msgspec.json.encode({"items": raw}), names).items


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of items that were read and not remembered."""
    found: list[str] = []
    plain = items._id

    def watched(item: dict[str, object]) -> str:
        found.append(plain(item))
        return found[-1]

    monkeypatch.setattr(items, "_id", watched)
    return found


def test_an_item_that_came_before_is_not_read_again(reads: list[str]) -> None:
    reader = ItemReader(CARS)
    first = read(reader, FINE, FINE, FINE | {"id": "c"})
    assert read(reader, FINE, FINE, FINE | {"id": "c"}) == first
    assert reads == ["a", "c"]
    assert first.ids == ("a", "a", "c")
    assert first.columns["make"] == ("bmw", "bmw", "bmw")


def test_an_item_is_read_anew_in_other_dimensions(reads: list[str]) -> None:
    reader = ItemReader(CARS)
    assert set(read(reader, FINE).columns) == set(NAMES)
    assert set(read(reader, FINE, names=("make",)).columns) == {"make"}
    assert reads == ["a", "a"]


def test_what_is_remembered_is_forgotten_before_it_grows_too_large(
    reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "REMEMBERED_BYTES", 1_000)
    reader, own = ItemReader(CARS), [FINE | {"id": f"{number}"} for number in range(20)]
    for _ in range(2):
        found = [read(reader, one) for one in own]
    assert [one.ids for one in found] == [(f"{number}",) for number in range(20)]
    assert len(reads) == 40
    read(reader, *own)
    assert reader._columns(NAMES)._held <= 1_000


def test_raw_values_of_a_long_item_are_not_remembered() -> None:
    reader = ItemReader(CARS)
    assert read(reader, FINE | {"make": " " * 3_000 + "BMW"}).columns["make"] == ("bmw",)
    remembered = reader._columns(NAMES)._attributes["make"].remembered
    assert remembered.cache_info().currsize == 0
    read(reader, FINE)
    assert remembered.cache_info().currsize == 1


@pytest.mark.parametrize(("faulty", "field"), [
    ([FAULTY, FINE, FAULTY], "items[0].price_eur"), ([FINE, {"make": "bmw"}, FAULTY], "items[1].id"),
    ([FINE, FINE | {"make": ["bmw"]}], "items[1].make"), ([FINE | {"text": "x" * 9_000}, 7], "items[1]"),
])  # fmt: skip
def test_the_first_item_at_fault_is_named_each_time_and_those_beside_it_are_not_spoiled(
    faulty: list[object], field: str
) -> None:
    reader = ItemReader(CARS)
    for _ in range(2):
        with pytest.raises(QueryError) as told:
            read(reader, *faulty)
        assert told.value.field == field
    assert read(reader, FINE) == read(ItemReader(CARS), FINE)


def test_an_attribute_that_is_nested_as_deep_as_can_be_decoded_is_refused() -> None:
    for depth in range(900, 1_000):
        nested = b"[" * depth + b"]" * depth
        with pytest.raises(QueryError, match=r"items\[0\]|body"):
            ItemReader(CARS).read(b'{"items": [{"id": "a", "make": %b}]}' % nested, NAMES)
