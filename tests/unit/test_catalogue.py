"""The catalogue: what is refused, and what makes another version of a dimension."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from strategies import GARAGE, GARAGE_TOML

from udfs.catalogues.catalogue import Catalogue, Type, load, parse, values
from udfs.catalogues.dimension import Bins, Dimension, Sample, StatedPrior
from udfs.errors import CatalogueError

Change = Callable[[dict[str, Any]], object]

MAKE, PRICE, MILEAGE = range(3)


@pytest.mark.parametrize("name", ["cars", "films"])
def test_what_is_shipped_can_be_used(name: str) -> None:
    catalogue = load(name)
    assert catalogue.name == name
    assert list(catalogue.by_name) == catalogue.names


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "garage.toml"
    file.write_text(GARAGE_TOML)
    assert load(file) == load(str(file)) == GARAGE


@pytest.mark.parametrize("source", ["boats", "nowhere/boats.toml", "."])
def test_a_source_that_is_no_file_is_refused_with_what_there_is(source: str) -> None:
    with pytest.raises(CatalogueError, match=r"cannot be read .* cars, films"):
        load(source)


def test_the_place_of_a_type_is_its_strength() -> None:
    assert GARAGE.type_codes == {"view": 0, "park": 1, "contact": 2}


def test_a_retired_dimension_keeps_its_place_but_is_not_answered() -> None:
    retired = _parsed(lambda raw: raw["dimension"][MAKE].update(retired=True))
    assert list(retired.by_name) == ["price", "mileage"]
    assert values(retired, {"make": "audi", "mileage": 5}) == ["audi", None, 5]


def test_an_attribute_is_found_at_its_path() -> None:
    assert values(GARAGE, {"make": "audi", "offer": {"price": 1}, "mileage": 2}) == ["audi", 0, 2]
    assert values(GARAGE, {"offer": "none"}) == [None, None, None]


def _set(place: int, **entries: object) -> Change:
    return lambda raw: raw["dimension"][place].update(entries)


def _top(**entries: object) -> Change:
    return lambda raw: raw.update(entries)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_top(time_zone="Mars/Olympus"), "time_zone='Mars/Olympus' is not an IANA time zone"),
        (_top(type=[]), "at least one [[type]] is needed"),
        (_top(dimension=[]), "at least one [[dimension]] is needed"),
        (_top(colour="red"), "unknown field `colour`"),
        (lambda raw: raw["type"][0].update(weight=-1.0), "type 'view': weight must be from 0"),
        (lambda raw: raw["type"][0].update(weight=float("nan")), "type 'view': weight must be from 0"),
        (lambda raw: raw["type"][0].update(name="park"), "'park' is used 2 times"),
        (lambda raw: raw["type"][0].update(name="make"), "'make' is used 2 times"),
        (_set(MAKE, name="Make"), "'Make' must be lower-case letters"),
        (_set(MAKE, name="m" * 42), "must be lower-case letters"),
        (_set(MAKE, kind="textual"), "dimension[0].kind"),
        (_set(MAKE, path="make..name"), "dimension 'make': path='make..name' has an empty step"),
        (_set(MAKE, path="offer"), "dimension 'make': path='offer' cannot be a value and hold 'offer.price'"),
        (_set(MAKE, path=""), "dimension 'make': path='' has an empty step"),
        (_set(MAKE, transform="log"), "dimension 'make': bins, prior, top_coded and transform belong to numeric"),
        (_set(MAKE, top_coded=3.0), "belong to numeric dimensions"),
        (_set(MAKE, concentration=0.0), "concentration must be above 0"),
        (_set(MAKE, aliases={"VW": "volkswagen"}), "'VW' in aliases or missing must be a lower-case string"),
        (_set(MAKE, missing=[" none"]), "' none' in aliases or missing must be a lower-case string"),
        (_set(MAKE, missing=[0.0]), "0.0 in aliases or missing must be a lower-case string"),
        (_set(PRICE, scale=0.0), "dimension 'price': scale (integer steps per unit) must be above 0"),
        (_set(PRICE, aliases={"a": "b"}), "aliases belong to categorical dimensions"),
        (lambda raw: raw["dimension"][PRICE].pop("bins"), "a numeric dimension needs bins = { low, high, count }"),
        (lambda raw: raw["dimension"][PRICE].pop("prior"), "needs bins = { low, high, count } and prior"),
        (_set(PRICE, bins={"low": 9.0, "high": 9.0}), "bins need low < high and a count from 2 to 256"),
        (_set(PRICE, bins={"low": 1.0, "high": 9.0, "count": 1}), "a count from 2 to 256"),
        (_set(PRICE, bins={"low": 0.0, "high": 9.0}), "a log dimension needs bins.low above 0"),
        (_set(PRICE, bins={"low": 1.0, "high": float("inf")}), "must be finite"),
        (_set(PRICE, prior={"typical": 0.0, "spread": 2.0}), "prior.typical above 0 and prior.spread, a factor"),
        (_set(MILEAGE, bins={"low": 0.0, "high": 3.0, "count": 9}), "bins are finer than the scale can tell apart"),
        (_set(MILEAGE, bins={"low": float("nan"), "high": 3.0}), "must be finite"),
        (_set(MILEAGE, top_coded=float("nan")), "must be finite"),
        (_set(MILEAGE, prior={"typical": float("nan"), "spread": 1.0}), "must be finite"),
        (_set(MILEAGE, prior={"typical": 1.0, "spread": 0.0}), "prior.spread and prior.strength must be above 0"),
    ],
)
def test_a_fault_is_refused_with_the_file_and_the_entry(change: Change, words: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        _parsed(change)
    assert str(caught.value).startswith("garage: ")
    assert words in str(caught.value)


def test_text_that_is_not_toml_is_refused() -> None:
    with pytest.raises(CatalogueError, match="garage: "):
        parse("name = ", where="garage")


def test_all_faults_are_told_at_once() -> None:
    def both(raw: dict[str, Any]) -> None:
        raw.update(time_zone="Mars")
        raw["dimension"][PRICE].update(scale=0.0)

    with pytest.raises(CatalogueError, match=r"Mars.*; .*scale"):
        _parsed(both)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "price_eur"},
        {"path": "price"},
        {"scale": 1e5},
        {"transform": "none"},
        {"bins": Bins(100.0, 100_000.0, 9)},
        {"top_coded": 5000.0},
        {"missing": [0.0, 1.0]},
        {"kind": "categorical"},
        {"unit": "USD"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_decides_a_delta_makes_another_version(change: dict[str, Any]) -> None:
    dimension = GARAGE.dimensions[PRICE]
    assert GARAGE.version(msgspec.structs.replace(dimension, **change)) != GARAGE.version(dimension)


@pytest.mark.parametrize(
    ("change", "unreadable"),
    [
        ({"scale": 1e5}, ["price"]),
        ({"transform": "none"}, ["price"]),
        ({"bins": Bins(100.0, 100_000.0, 9)}, ["price"]),
        ({"kind": "categorical"}, ["price"]),
        ({"unit": "USD"}, ["price"]),
        ({"path": "price"}, []),
        ({"top_coded": 5000.0}, []),
        ({"missing": [0.0, 1.0]}, []),
    ],
)
def test_a_delta_of_another_version_can_be_read_where_its_form_is_the_same(
    change: dict[str, Any], unreadable: list[str]
) -> None:
    other = msgspec.structs.replace(GARAGE.dimensions[PRICE], **change)
    assert GARAGE.unreadable({"price": GARAGE.version(other), "gone": "x"}) == unreadable
    assert GARAGE.foreign({"price": GARAGE.version(other)})


def test_a_generation_counts_as_the_catalogue_where_it_has_all_of_its_versions() -> None:
    known = {one.name: GARAGE.version(one) for one in GARAGE.dimensions}
    assert GARAGE.counts_as(known | {"gone": "x"})
    assert not GARAGE.counts_as(known | {"price": "x"})
    assert not GARAGE.counts_as({"make": known["make"]})


def test_a_delta_of_another_zone_or_of_other_types_cannot_be_read() -> None:
    for other in (_but(time_zone="UTC"), _but(types=(*GARAGE.types, Type("bought")))):
        known = {one.name: other.version(one) for one in GARAGE.dimensions}
        assert GARAGE.unreadable(known) == list(known)
        assert not GARAGE.shares_time_zone(known)


def test_one_dimension_of_the_same_form_tells_that_all_are_of_the_same_zone() -> None:
    known = {one.name: GARAGE.version(one) for one in GARAGE.dimensions}
    other = msgspec.structs.replace(GARAGE.dimensions[PRICE], scale=1e5)
    assert GARAGE.shares_time_zone(known | {"price": GARAGE.version(other), "gone": "x"})
    assert not GARAGE.shares_time_zone({"price": GARAGE.version(other), "gone": "x"})


@pytest.mark.parametrize(
    "change",
    [
        {"label": "asking price"},
        {"concentration": 3.0},
        {"prior": StatedPrior(1.0, 2.0)},
        {"sample": Sample(mean=1.0)},
        {"retired": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_only_reading_needs_leaves_the_version(change: dict[str, Any]) -> None:
    dimension = GARAGE.dimensions[PRICE]
    assert GARAGE.version(msgspec.structs.replace(dimension, **change)) == GARAGE.version(dimension)


def test_an_alias_decides_a_delta_but_the_order_of_aliases_does_not() -> None:
    one, other = (_make(aliases=dict(pairs)) for pairs in (_ALIASES, _ALIASES[::-1]))
    assert GARAGE.version(one) == GARAGE.version(other) != GARAGE.version(GARAGE.dimensions[MAKE])


def test_the_order_of_missing_values_does_not_decide_a_delta() -> None:
    assert GARAGE.version(_make(missing=["a", "b"])) == GARAGE.version(_make(missing=["b", "a"]))


def test_the_zone_and_the_types_decide_the_deltas_of_every_dimension() -> None:
    for other in (_but(time_zone="UTC"), _but(types=(*GARAGE.types, Type("bought")))):
        assert all(other.version(one) != GARAGE.version(one) for one in GARAGE.dimensions)


def test_the_name_and_the_weights_decide_no_delta() -> None:
    for other in (_but(name="yard", item="car"), _but(types=tuple(Type(one.name, 7.0) for one in GARAGE.types))):
        assert all(other.version(one) == GARAGE.version(one) for one in GARAGE.dimensions)


def test_a_dimension_that_is_appended_leaves_the_versions_of_the_others() -> None:
    longer = _but(dimensions=(*GARAGE.dimensions, Dimension("colour", "categorical", "colour")))
    assert [longer.version(one) for one in GARAGE.dimensions] == [GARAGE.version(one) for one in GARAGE.dimensions]


_ALIASES = [("vw", "volkswagen"), ("merc", "mercedes")]


def _parsed(change: Change) -> Catalogue:
    raw = tomllib.loads(GARAGE_TOML)
    change(raw)
    return parse("\n".join(f"{name} = {_toml(value)}" for name, value in raw.items()), where="garage")


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {_toml(entry)}' for name, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


def _but(**changes: Any) -> Catalogue:
    return msgspec.structs.replace(GARAGE, **changes)


def _make(**changes: Any) -> Dimension:
    return msgspec.structs.replace(GARAGE.dimensions[MAKE], **changes)
