"""The written contract and the decoder say the same of an event, or differ only where the contract says so."""

import json
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from flink_job.console.main import main
from udfs.catalogues.catalogue import load
from udfs.errors import EventRejected
from udfs.events import event
from udfs.events.contract import Schema, attribute, general, schema
from udfs.events.event import Decoder
from udfs.events.record import Record

NOON_MS = 1_774_267_200_000
"""2026-03-23T12:00:00Z"""

ABSENT = object()

COUNTED: list[tuple[str, dict[str, Any]]] = [
    ("cars", {}),
    ("cars", {"event_id": "ü" * 128}),
    ("cars", {"user_id": "u" * 256}),
    ("cars", {"type": "contact"}),
    ("cars", {"occurred_at": "2026-03-23T12:59:59.123456789+01:00"}),
    ("cars", {"occurred_at": "2026-03-23t11:59:59z"}),
    ("cars", {"schema": 1}),
    ("cars", {"session": {"page": 3}}),
    ("cars", {"item.make": None}),
    ("cars", {"item.make": " VW "}),
    ("cars", {"item.region": 8}),
    ("cars", {"item.damaged": True}),
    ("cars", {"item.price_eur": 0}),
    ("cars", {"item.price_eur": 0.01}),
    ("cars", {"item.price_eur": 2**40}),
    ("cars", {"item.price_eur": ""}),
    ("cars", {"item.mileage_km": 10**30}),
    ("cars", {"item.mileage_km": -5}),
    ("cars", {"item.unheard_of": [1, 2, {}]}),
    ("films", {"type": "watched", "item.made": {"country": "de", "year": 1974}}),
    ("films", {"type": "watched", "item.made": None}),
    ("films", {"type": "watched", "item.rating": 2**40 / 10}),
]

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("cars", {"event_id": ABSENT}),
    ("cars", {"event_id": ""}),
    ("cars", {"event_id": "e" * 129}),
    ("cars", {"event_id": 17}),
    ("cars", {"user_id": ABSENT}),
    ("cars", {"user_id": "u" * 257}),
    ("cars", {"type": "watched"}),
    ("cars", {"type": "View"}),
    ("cars", {"type": None}),
    ("cars", {"occurred_at": ABSENT}),
    ("cars", {"occurred_at": "2026-03-23T12:00:00"}),
    ("cars", {"occurred_at": "2026-03-23"}),
    ("cars", {"occurred_at": "2026-13-23T12:00:00Z"}),
    ("cars", {"occurred_at": "2026-03-23T12:00:60Z"}),
    ("cars", {"occurred_at": NOON_MS}),
    ("cars", {"item": ABSENT}),
    ("cars", {"item": []}),
    ("cars", {"item.id": ABSENT}),
    ("cars", {"item.id": ""}),
    ("cars", {"item.id": 5}),
    ("cars", {"item.id": "i" * 129}),
    ("cars", {"schema": 2}),
    ("cars", {"schema": "1"}),
    ("cars", {"schema": None}),
    ("cars", {"item.make": 1.5}),
    ("cars", {"item.make": ["vw"]}),
    ("cars", {"item.make": {}}),
    ("cars", {"item.make": "m" * 101}),
    ("cars", {"item.price_eur": "3500"}),
    ("cars", {"item.price_eur": -1}),
    ("cars", {"item.price_eur": True}),
    ("cars", {"item.price_eur": False}),
    ("cars", {"item.price_eur": 2**41}),
    ("cars", {"item.mileage_km": -(2**41)}),
    ("films", {"type": "view"}),
    ("films", {"type": "watched", "item.made": {"country": {}}}),
    ("films", {"type": "watched", "item.rating": 2**40}),
]

FORGIVEN: list[tuple[str, dict[str, Any]]] = [
    ("cars", {"occurred_at": "2026-03-23 12:00:00+0000"}),
    ("cars", {"item.make": " " * 200}),
    ("films", {"type": "watched", "item.made": "in Germany"}),
]

UNSAYABLE: list[tuple[str, dict[str, Any]]] = [
    ("cars", {"user_id": "ü" * 200}),
    ("cars", {"item.make": "ü" * 100}),
    ("cars", {"occurred_at": "2026-02-30T12:00:00Z"}),
    ("cars", {"occurred_at": "2026-03-23T12:06:00Z"}),
    ("cars", {"occurred_at": "2024-03-23T12:00:00Z"}),
]


@pytest.mark.parametrize(("catalogue", "change"), COUNTED)
def test_what_the_contract_accepts_is_counted(catalogue: str, change: dict[str, Any]) -> None:
    assert (_valid(catalogue, change), _counted(catalogue, change)) == (True, True)


@pytest.mark.parametrize(("catalogue", "change"), REFUSED)
def test_what_the_contract_refuses_is_not_counted(catalogue: str, change: dict[str, Any]) -> None:
    assert (_valid(catalogue, change), _counted(catalogue, change)) == (False, False)


@pytest.mark.parametrize(("catalogue", "change"), FORGIVEN)
def test_the_decoder_forgives_some_slips_that_the_contract_does_not_promise(
    catalogue: str, change: dict[str, Any]
) -> None:
    assert (_valid(catalogue, change), _counted(catalogue, change)) == (False, True)


@pytest.mark.parametrize(("catalogue", "change"), UNSAYABLE)
def test_bytes_and_clocks_are_beyond_a_schema(catalogue: str, change: dict[str, Any]) -> None:
    assert (_valid(catalogue, change), _counted(catalogue, change)) == (True, False)


@pytest.mark.parametrize("catalogue", ["cars", "films"])
def test_the_completed_contract_is_a_json_schema_whose_example_fits(catalogue: str) -> None:
    found = schema(load(catalogue))
    Draft202012Validator.check_schema(found)
    assert Draft202012Validator(found).is_valid(found["examples"][0])


def test_the_general_contract_demands_just_the_fields_without_a_default() -> None:
    fields = msgspec.structs.fields(event.Event)
    assert set(general()["properties"]) == {field.encode_name for field in fields}
    assert set(general()["required"]) == {field.encode_name for field in fields if field.required}


def test_the_general_contract_states_the_decoders_bounds() -> None:
    text = general()["description"]
    assert f"{event.MAX_VALUE_BYTES:,} bytes" in text
    assert f"{event.MAX_DEPTH} deep" in text
    assert general()["properties"]["user_id"]["maxLength"] == event.MAX_USER_BYTES
    assert general()["properties"]["schema"]["const"] == event.SCHEMA


def test_every_field_and_attribute_is_described() -> None:
    assert list(_undescribed(schema(load("films")))) == []


def test_a_retired_attribute_is_marked_and_still_checked() -> None:
    retired = msgspec.structs.replace(load("cars").by_name["price"], retired=True)
    assert attribute(retired)["deprecated"]
    assert not Draft202012Validator(attribute(retired)).is_valid("dear")


def test_two_dimensions_of_one_attribute_must_both_be_pleased() -> None:
    cars = load("cars")
    fine = msgspec.structs.replace(cars.by_name["mileage"], name="fine", top_coded=None, scale=1000.0)
    both = msgspec.structs.replace(cars, dimensions=(*cars.dimensions, fine))
    mileage = Draft202012Validator(schema(both)["properties"]["item"]["properties"]["mileage_km"])
    assert mileage.is_valid(10**6)
    assert not mileage.is_valid(10**12)


def test_penchant_contract_prints_the_schema_of_a_catalogue() -> None:
    said = CliRunner().invoke(main, ["contract", "--catalogue", "films"])
    assert said.exit_code == 0
    assert json.loads(said.output) == schema(load("films"))


def test_penchant_contract_takes_the_catalogue_of_the_settings_where_none_is_named() -> None:
    said = CliRunner().invoke(main, ["contract"], env={"PENCHANT_CATALOGUE": "films"})
    assert json.loads(said.output) == schema(load("films"))


def _valid(catalogue: str, change: dict[str, Any]) -> bool:
    return bool(Draft202012Validator(schema(load(catalogue))).is_valid(_changed(change)))


def _counted(catalogue: str, change: dict[str, Any]) -> bool:
    said = _changed(change)
    key = str(said.get("user_id", "u-1")).encode()
    try:
        Decoder(load(catalogue), 60).decode(Record(NOON_MS, 0, 0, key, json.dumps(said).encode()))
    except EventRejected:
        return False
    return True


def _changed(change: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "event_id": "e-1",
        "user_id": "u-1",
        "type": "view",
        "occurred_at": "2026-03-23T12:00:00Z",
        "item": {"id": "i-1"},
    }
    for name, value in change.items():
        place, field = (said["item"], name.removeprefix("item.")) if name.startswith("item.") else (said, name)
        place[field] = value
        if value is ABSENT:
            del place[field]
    return said


def _undescribed(node: Schema, path: str = "$") -> list[str]:
    below = [_undescribed(child, f"{path}.{name}") for name, child in node.get("properties", {}).items()]
    here = [] if "description" in node or path == "$.item.made" else [path]
    return here + [one for some in below for one in some]
