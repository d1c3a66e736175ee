"""Exclusions: what of a user does not count after an erasure or under an objection."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE

from cql.rows import Layout
from udfs.events.batch import DAY_MS, HOUR_MS, LATE, REPLAYED, Batch, Calendar
from udfs.events.exclusion import ALWAYS_MS, Span, effective_ms, hides, hour_of, kept, kept_joined, stands
from udfs.events.payload import together
from udfs.statistics.fold import MAX_EVENTS, Delta

UTC = Calendar("UTC")
DAY = 20777
START = UTC.start(DAY)
NOON = START + 12 * HOUR_MS
ERASED_AT_NOON = Span(ALWAYS_MS, NOON)
LARGEST = Delta(MAX_EVENTS, MAX_EVENTS, MAX_EVENTS, ())
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"])
instants = st.integers(1_700_000_000_000, 1_900_000_000_000)


def payload(second: int) -> str:
    return json.dumps([f"e{second}", "i", 0, second, None])


@given(zones, instants)
def test_an_erasure_takes_effect_within_five_to_seventy_minutes_where_a_batch_begins(zone: str, ms: int) -> None:
    calendar = Calendar(zone)
    effective = effective_ms(calendar, ms)
    assert 5 * 60_000 < effective - ms <= 65 * 60_000
    assert hour_of(calendar, effective) == effective


@given(zones, instants, st.integers(-3 * DAY_MS, 3 * DAY_MS))
def test_a_batch_that_came_in_time_is_hidden_exactly_when_the_fold_keeps_none_of_it(
    zone: str, ms: int, apart: int
) -> None:
    calendar = Calendar(zone)
    spans = [Span(ALWAYS_MS, effective_ms(calendar, ms))]
    occurred = ms + apart
    batch = calendar.batch(occurred, occurred)
    second = (occurred - calendar.start(batch.day)) // 1000
    assert hides(spans, calendar, batch) == (not kept(spans, calendar, batch, [payload(second)]))


@given(zones, instants, st.integers(-3 * DAY_MS, 3 * DAY_MS))
def test_an_erasure_hides_what_its_delete_removes_whenever_it_is_written(zone: str, ms: int, apart: int) -> None:
    calendar, layout = Calendar(zone), Layout(msgspec.structs.replace(GARAGE, time_zone=zone), 1, 60)
    before_ms = effective_ms(calendar, ms)
    occurred = ms + apart
    for batch in (calendar.batch(occurred, occurred), calendar.replayed(occurred, "e")):
        removed = layout.timestamp_us(batch, LARGEST) <= before_ms * 1000 - 1
        assert hides([Span(ALWAYS_MS, before_ms)], calendar, batch) == removed


def test_of_letters_replayed_into_the_date_of_an_erasure_none_counts() -> None:
    letters = [payload(3600 * hour) for hour in (11, 12, 13)]
    assert kept([ERASED_AT_NOON], UTC, Batch(DAY, REPLAYED), letters) == []
    assert kept([ERASED_AT_NOON], UTC, Batch(DAY + 1, REPLAYED), letters) == letters


def test_of_a_late_batch_the_events_before_the_erasure_do_not_count() -> None:
    late = Batch(DAY, LATE + 30)
    before, after = payload(12 * 3600 - 1), payload(12 * 3600)
    assert kept([ERASED_AT_NOON], UTC, late, [before, after]) == [after]
    assert kept_joined([ERASED_AT_NOON], UTC, late, together([before, after])) == after.encode()
    assert kept_joined([ERASED_AT_NOON], UTC, late, before.encode()) == b""


def test_under_an_objection_only_what_occurs_while_it_stands_does_not_count() -> None:
    objection = [Span(NOON, NOON + 2 * HOUR_MS)]
    late = Batch(DAY, LATE + 40)
    at = [payload(3600 * hour) for hour in (11, 12, 13, 14)]
    assert kept(objection, UTC, late, at) == [at[0], at[3]]


@pytest.mark.parametrize(("batch", "hidden"), [
    (Batch(DAY, 11), True), (Batch(DAY, 12), False), (Batch(DAY - 1, 23), True), (Batch(DAY + 1, 0), False),
    (Batch(DAY - 1, LATE + 47), True), (Batch(DAY, LATE + 11), True), (Batch(DAY, LATE + 12), False),
    (Batch(DAY - 1, REPLAYED), True), (Batch(DAY, REPLAYED), True), (Batch(DAY + 1, REPLAYED), False),
])  # fmt: skip
def test_stored_batches_from_before_an_erasure_are_hidden(batch: Batch, hidden: bool) -> None:
    assert hides([ERASED_AT_NOON], UTC, batch) is hidden


def test_a_late_batch_of_a_date_that_an_objection_covers_as_a_whole_is_hidden() -> None:
    objection = [Span(START - DAY_MS, START + DAY_MS)]
    assert hides(objection, UTC, Batch(DAY, LATE + 90))
    assert not hides(objection, UTC, Batch(DAY - 2, LATE + 90))


def test_an_objection_stands_until_it_is_withdrawn() -> None:
    assert stands([ERASED_AT_NOON, Span(NOON, None)])
    assert not stands([ERASED_AT_NOON, Span(NOON, NOON + HOUR_MS)])
    assert Span(NOON, None).covers(NOON + 10**15)
