"""Decode: any bytes at all become an event that counts or a rejection with its reason, and the same one each time."""

import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE, NOON_MS, Event, events, records

from udfs.catalogues.catalogue import load
from udfs.errors import EventRejected, Reason
from udfs.events.batch import DAY_MS, SKEW_MS, Batch
from udfs.events.event import MAX_DEPTH, MAX_PAYLOAD_BYTES, Compact, Decoder, _Reader
from udfs.events.record import Origin, Record

SHARED = Decoder(GARAGE, 60)
GOOD: Event = {
    "event_id": "e1",
    "user_id": "Zoë",
    "type": "park",
    "occurred_at": "2026-11-20T12:59:58.7+01:00",
    "item": {"id": "car-7", "make": "VW", "offer": {"price": 20_000}, "mileage": 81_000.4, "wheels": [1, 2]},
}


_RECORDS = [
    pytest.param(Record(-1, 0, 0, b"u", b"{}"), Reason.NO_APPEND_TIME),
    pytest.param(Record(NOON_MS, 0, 0, None, b"{}"), Reason.NO_KEY),
    pytest.param(Record(NOON_MS, 0, 0, b"", b"{}"), Reason.NO_KEY),
    pytest.param(Record(NOON_MS, 0, 0, b"u", None), Reason.NO_VALUE),
    pytest.param(Record(NOON_MS, 0, 0, b"u", b" " * 65_537), Reason.TOO_LARGE),
    pytest.param(Record(NOON_MS, 0, 0, b"u", b""), Reason.NOT_JSON),
]

_EVENTS = [
    pytest.param(GOOD | {"schema": 2}, Reason.UNSUPPORTED_SCHEMA, id="future schema"),
    pytest.param(GOOD | {"schema": "1"}, Reason.WRONG_SHAPE, id="schema as text"),
    pytest.param(GOOD | {"type": "bought"}, Reason.UNKNOWN_TYPE, id="unknown type"),
    pytest.param(GOOD | {"type": "View"}, Reason.UNKNOWN_TYPE, id="type in another case"),
    pytest.param(GOOD | {"type": None}, Reason.WRONG_SHAPE, id="null type"),
    pytest.param(GOOD | {"event_id": 7}, Reason.WRONG_SHAPE, id="event id as number"),
    pytest.param(GOOD | {"event_id": ""}, Reason.WRONG_SHAPE, id="empty event id"),
    pytest.param(GOOD | {"event_id": "e" * 129}, Reason.WRONG_SHAPE, id="long event id"),
    pytest.param(GOOD | {"user_id": "u" * 257}, Reason.WRONG_SHAPE, id="long user id"),
    pytest.param(GOOD | {"user_id": "é" * 129}, Reason.WRONG_SHAPE, id="user id of many bytes"),
    pytest.param(GOOD | {"user_id": "u" * 70_000}, Reason.TOO_LARGE, id="user id of 70 kB"),
    pytest.param(GOOD | {"occurred_at": "2026-11-20T12:00:00"}, Reason.WRONG_SHAPE, id="no zone"),
    pytest.param(GOOD | {"occurred_at": "yesterday"}, Reason.WRONG_SHAPE, id="no time"),
    pytest.param(GOOD | {"occurred_at": 1_790_000_000}, Reason.WRONG_SHAPE, id="time as number"),
    pytest.param(GOOD | {"occurred_at": "2026-11-20T13:00:00Z"}, Reason.FROM_THE_FUTURE, id="future"),
    pytest.param(GOOD | {"occurred_at": "9999-12-31T23:59:59Z"}, Reason.FROM_THE_FUTURE, id="last time there is"),
    pytest.param(GOOD | {"occurred_at": "2026-08-20T12:00:00Z"}, Reason.EXPIRED, id="months ago"),
    pytest.param(GOOD | {"occurred_at": "0001-01-01T00:00:00+23:59"}, Reason.EXPIRED, id="before time began"),
    pytest.param(GOOD | {"item": None}, Reason.WRONG_SHAPE, id="null item"),
    pytest.param(GOOD | {"item": []}, Reason.WRONG_SHAPE, id="item as list"),
    pytest.param(GOOD | {"item": {}}, Reason.WRONG_SHAPE, id="item without id"),
    pytest.param(GOOD | {"item": {"id": 7}}, Reason.WRONG_SHAPE, id="item id as number"),
    pytest.param(GOOD | {"item": {"id": "i" * 129}}, Reason.WRONG_SHAPE, id="long item id"),
    pytest.param(GOOD | {"item": {"id": "i", "make": 1.5}}, Reason.BAD_ATTRIBUTE, id="fraction as category"),
    pytest.param(GOOD | {"item": {"id": "i", "make": "m" * 101}}, Reason.BAD_ATTRIBUTE, id="long category"),
    pytest.param(GOOD | {"item": {"id": "i", "mileage": "7"}}, Reason.BAD_ATTRIBUTE, id="text as number"),
    pytest.param(GOOD | {"item": {"id": "i", "mileage": [7]}}, Reason.BAD_ATTRIBUTE, id="list as number"),
    pytest.param([GOOD], Reason.WRONG_SHAPE, id="list"),
    pytest.param(None, Reason.WRONG_SHAPE, id="null"),
]

_ATTRIBUTES = [
    pytest.param(b"NaN", Reason.NOT_JSON, id="NaN"),
    pytest.param(b"Infinity", Reason.NOT_JSON, id="Infinity"),
    pytest.param(b"1e999", Reason.WRONG_SHAPE, id="1e999"),
    pytest.param(b"-1e999", Reason.WRONG_SHAPE, id="-1e999"),
    pytest.param(b"9" * 6000, Reason.WRONG_SHAPE, id="6000 digits"),
    pytest.param(b"9" * 4000, Reason.BAD_ATTRIBUTE, id="4000 digits"),
    pytest.param(b'"\\ud800"', Reason.NOT_JSON, id="lone high surrogate"),
    pytest.param(b'"\\udc00"', Reason.NOT_JSON, id="lone low surrogate"),
    pytest.param(b'"\\ud800\\u0041"', Reason.NOT_JSON, id="broken pair"),
    pytest.param(b'"\xed\xa0\x80"', Reason.NOT_JSON, id="surrogate in UTF-8"),
    pytest.param(b'"\xff"', Reason.NOT_JSON, id="broken UTF-8"),
    pytest.param(b"'audi'", Reason.NOT_JSON, id="single quotes"),
    pytest.param(b'"audi" // or vw', Reason.NOT_JSON, id="comment"),
    pytest.param(b"[" * 30_000, Reason.WRONG_SHAPE, id="deep and open"),
    pytest.param(b"[" * 30_000 + b"]" * 30_000, Reason.WRONG_SHAPE, id="deep"),
    pytest.param(b'{"a":' * 9_000 + b"1" + b"}" * 9_000, Reason.WRONG_SHAPE, id="deep objects"),
    pytest.param(b'"' + b'\\"[' * 15_000, Reason.NOT_JSON, id="endless string"),
]


def test_an_event_becomes_its_user_its_batch_and_a_payload() -> None:
    assert _decode(GOOD) == Compact("Zoë", Batch(20777, 12), '["e1","car-7",1,46798,"volkswagen",9903488,81000]')


def test_the_payload_of_this_version_is_frozen() -> None:
    """Checkpointed state holds payloads: a change here needs new state from the log."""
    bare = GOOD | {"item": {"id": 'quote" comma, é', "make": None}}
    assert _decode(bare).payload == '["e1","quote\\" comma, é",1,46798,null,null,null]'


@given(records())
def test_any_record_is_an_event_or_a_rejection(record: Record) -> None:
    """Any other exception fails the test, as it would fail the job again and again."""
    outcome = _outcome(SHARED, record)
    if isinstance(outcome, Compact):
        assert outcome.user_id.encode() == record.key
        assert len(outcome.payload.encode()) <= MAX_PAYLOAD_BYTES
        assert len(msgspec.json.decode(outcome.payload)) == 4 + len(GARAGE.dimensions)
    else:
        assert all(outcome)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_rejection(value: bytes) -> None:
    with pytest.raises(EventRejected):
        SHARED.decode(Record(NOON_MS, 0, 0, b"user", value))


@given(st.lists(records(), max_size=3), records())
def test_a_verdict_does_not_depend_on_what_was_decoded_before(before: list[Record], record: Record) -> None:
    used = Decoder(GARAGE, 60)
    for earlier in before:
        _outcome(used, earlier)
    assert _outcome(used, record) == _outcome(SHARED, record)


@given(events())
def test_every_event_in_order_counts(event: Event) -> None:
    assert _decode(event).user_id == event["user_id"]


@given(events(), st.integers(0, 2**31), st.integers(0, 2**31))
def test_the_place_in_the_log_is_no_part_of_the_event(event: Event, partition: int, offset: int) -> None:
    record = _record(event)
    assert SHARED.decode(msgspec.structs.replace(record, partition=partition, offset=offset)) == SHARED.decode(record)


@pytest.mark.parametrize("type_of_one", [True, 1, "1", 1.0])
def test_values_that_python_takes_for_equal_are_not_confused(type_of_one: object) -> None:
    decoder = Decoder(GARAGE, 60)
    for value in (1, True, "1", type_of_one):
        if not isinstance(value, float):
            decoder.decode(_record(_with(make=value)))
    assert _outcome(decoder, _record(_with(make=type_of_one))) == _outcome(SHARED, _record(_with(make=type_of_one)))


@pytest.mark.parametrize(("record", "reason"), _RECORDS)
def test_a_record_that_cannot_hold_an_event_is_refused_for_its_reason(record: Record, reason: Reason) -> None:
    assert _reason(record) is reason


@pytest.mark.parametrize(("event", "reason"), _EVENTS)
def test_an_event_with_a_fault_is_refused_for_its_reason(event: Any, reason: Reason) -> None:
    key = event["user_id"].encode() if isinstance(event, dict) else b"u"
    assert _reason(Record(NOON_MS, 0, 0, key, msgspec.json.encode(event))) is reason


@pytest.mark.parametrize(("make", "reason"), _ATTRIBUTES)
def test_a_poisonous_attribute_is_refused_for_its_reason(make: bytes, reason: Reason) -> None:
    assert _reason(_spelled(make)) is reason


@pytest.mark.parametrize("name", [b"make", b"wheels"])
def test_nesting_is_refused_beyond_a_limit_of_our_own_wherever_it_stands(name: bytes) -> None:
    most = MAX_DEPTH - 2
    assert _reason(_spelled(b"[" * (most + 1) + b"]" * (most + 1), name)) is Reason.WRONG_SHAPE
    assert _reason(_spelled(b"[" * most + b"]" * most, name)) is (Reason.BAD_ATTRIBUTE if name == b"make" else None)


def test_many_brackets_beside_each_other_or_in_text_are_no_nesting() -> None:
    assert _reason(_spelled(b"[" + b"{}," * 500 + b"{}]", b"wheels")) is None
    assert _reason(_spelled(b'"\\"' + b"[{" * 500 + b'"', b"wheels")) is None


def test_the_verdict_on_deep_nesting_does_not_depend_on_the_callers_own_depth() -> None:
    record = _spelled(b"[" * 700 + b"]" * 700, b"wheels")
    assert _deeper(sys.getrecursionlimit() // 2, record) is _reason(record)


def test_the_key_must_be_the_user_id() -> None:
    for key in (b"zo\xc3\xab", b"Zo\xeb", b"\xff", b"Zoe"):
        assert _reason(msgspec.structs.replace(_record(GOOD), key=key)) is Reason.FOREIGN_KEY


@pytest.mark.parametrize("user_id", ["u" * 256, "é" * 128, "u\u0000v", "a,b", '"', "\u200b", "😀"])
def test_a_user_id_may_be_any_text_of_up_to_256_bytes(user_id: str) -> None:
    assert _decode(GOOD | {"user_id": user_id}).user_id == user_id


def test_a_payload_that_is_too_long_for_checkpointed_state_is_refused() -> None:
    wide = msgspec.structs.replace(
        GARAGE,
        dimensions=tuple(
            msgspec.structs.replace(GARAGE.dimensions[0], name=f"make{i}", path="make") for i in range(45)
        ),
    )
    with pytest.raises(EventRejected, match="compact form") as caught:
        Decoder(wide, 60).decode(_record(_with(make="m" * 100)))
    assert caught.value.reason is Reason.TOO_LARGE


def test_every_reason_that_decode_can_give_is_reached_by_these_tests() -> None:
    """Those that are missing here belong to the steps behind decode."""
    given_later = {Reason.CAPPED, Reason.UNWRITABLE}
    cases = [*_RECORDS, *_EVENTS, *_ATTRIBUTES]
    reached = {case.values[1] for case in cases} | {Reason.FOREIGN_KEY, Reason.OTHER_GENERATION}
    assert reached == set(Reason) - given_later


@pytest.mark.parametrize(("generation", "reason"), [(0, None), (1, None), (2, Reason.OTHER_GENERATION)])
def test_a_replay_counts_in_the_generation_that_refused_its_record(generation: int, reason: Reason | None) -> None:
    """These tests decode for generation 1; 0 stands for every generation."""
    replay = msgspec.structs.replace(_record(GOOD), origin=Origin(0, 7, NOON_MS, generation).header())
    assert _reason(replay) is reason


@pytest.mark.parametrize("ahead_ms", [0, SKEW_MS])
def test_a_clock_may_run_five_minutes_ahead(ahead_ms: int) -> None:
    record = _record(GOOD | {"occurred_at": "2026-11-20T12:00:00Z"})
    early = msgspec.structs.replace(record, append_ms=NOON_MS - ahead_ms)
    assert SHARED.decode(early).batch == Batch(20777, 13)


def test_retention_is_counted_to_the_time_of_appending() -> None:
    record = _record(GOOD | {"occurred_at": "2026-11-20T12:00:00Z"})
    assert _reason(msgspec.structs.replace(record, append_ms=NOON_MS + 60 * DAY_MS)) is None
    assert _reason(msgspec.structs.replace(record, append_ms=NOON_MS + 60 * DAY_MS + 1)) is Reason.EXPIRED


def _with(**attributes: object) -> Event:
    return GOOD | {"item": {"id": "car-7"} | attributes}


def _record(event: Event) -> Record:
    return Record(NOON_MS, 0, 0, event["user_id"].encode(), msgspec.json.encode(event))


def _spelled(value: bytes, name: bytes = b"make") -> Record:
    """GOOD with an attribute of the item spelled in these bytes."""
    event = msgspec.json.encode(GOOD | {"item": {"id": "i", "here": 0}})
    return Record(NOON_MS, 0, 0, GOOD["user_id"].encode(), event.replace(b'"here":0', b'"' + name + b'":' + value))


def _decode(event: Event) -> Compact:
    return SHARED.decode(_record(event))


def _reason(record: Record) -> Reason | None:
    try:
        SHARED.decode(record)
    except EventRejected as rejected:
        return rejected.reason
    return None


def _outcome(decoder: Decoder, record: Record) -> Compact | tuple[Reason, str]:
    try:
        return decoder.decode(record)
    except EventRejected as rejected:
        return rejected.reason, rejected.detail


def _deeper(frames: int, record: Record) -> Reason | None:
    return _deeper(frames - 1, record) if frames else _reason(record)


def test_values_that_are_mostly_blanks_are_counted_but_not_remembered() -> None:
    reader = _Reader(load("cars").by_name["make"])
    assert reader.read({"make": " " * 60_000 + "BMW"}) == reader.read({"make": "BMW"}) == "bmw"
    assert [raw for _, raw in reader._known] == ["BMW"]
