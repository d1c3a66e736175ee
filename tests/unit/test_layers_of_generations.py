"""Generations laid over each other: which rows count, and that a part of the log never hides a whole row."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cql.layers import Generation, Layer, deciding, layers, overlay
from cql.rows import BatchRow
from udfs.errors import StoreRefused
from udfs.events.batch import HOUR_MS, SKEW_MS, Batch, Calendar, date_of

FIRST = datetime.date(2026, 11, 10)
UTC = Calendar("UTC")
DAY = 20_770


def date(day: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=day)


def row(day: int, batch: int, version: int) -> BatchRow:
    return BatchRow(date(day), batch, version, version, version, {})


def made(number: int, parent: int | None, alone_from: int | None) -> Generation:
    return Generation(number=number, parent=parent, alone_from=None if alone_from is None else date(alone_from))


rows_of_a_layer = st.lists(
    st.builds(row, st.integers(0, 4), st.integers(0, 3), st.integers(1, 99)),
    unique_by=lambda one: (one.date, one.batch),
)


def test_a_generation_that_nobody_made_stands_alone() -> None:
    assert layers(3, {}) == (Layer(3),)


def test_below_a_generation_its_parents_count_before_the_dates_on_which_any_above_stands_alone() -> None:
    known = {4: made(4, 3, 3), 3: made(3, 2, None), 2: made(2, 1, 1)}
    assert layers(4, known) == (Layer(4), Layer(3, date(3)), Layer(2, date(3)), Layer(1, date(1)))


@pytest.mark.parametrize(("append_ms", "numbers"), [(20, [4]), (19, [3, 2]), (10, [3, 2]), (9, [3, 1])])
def test_on_a_record_decides_the_first_that_met_it_and_with_one_from_a_savepoint_also_its_parent(
    append_ms: int, numbers: list[int]
) -> None:
    """Generation 3 is made from a savepoint of 2."""
    lineage = [
        Generation(number=4, parent=3, since_ms=20),
        Generation(number=3, parent=2),
        Generation(number=2, parent=1, since_ms=10),
        Generation(number=1),
    ]
    assert list(deciding(lineage, append_ms)) == numbers


def test_a_circle_of_parents_is_refused() -> None:
    with pytest.raises(StoreRefused, match="generation 1 is its own ancestor"):
        layers(1, {1: made(1, 2, None), 2: made(2, 1, None)})


def test_a_layer_is_read_up_to_the_day_before_those_above_stand_alone() -> None:
    assert Layer(1, date(3)).last(date(9)) == date(2)
    assert Layer(1, date(3)).last(date(1)) == date(1)
    assert Layer(1).last(date(9)) == date(9)


@given(st.lists(rows_of_a_layer, min_size=1, max_size=4))
def test_each_batch_counts_once_as_the_uppermost_layer_has_it(found: list[list[BatchRow]]) -> None:
    counting = overlay(found)
    places = [(one.date, one.batch) for one in counting]
    assert len(set(places)) == len(places)
    assert set(places) == {(one.date, one.batch) for layer in found for one in layer}
    for one in counting:
        assert one == next(
            other for layer in found for other in layer if (other.date, other.batch) == (one.date, one.batch)
        )


@given(st.lists(rows_of_a_layer, min_size=1, max_size=4))
def test_rows_that_count_come_newest_date_first(found: list[list[BatchRow]]) -> None:
    order = [(-one.date.toordinal(), one.batch) for one in overlay(found)]
    assert order == sorted(order)


records = st.lists(
    st.tuples(st.integers(-16, 6), st.one_of(st.integers(0, 14), st.integers(0, 200))), min_size=2, max_size=40
)
"""Of events around the beginning of a date: when they occurred, and by how much later the log took them, half hours."""


@given(records, st.sampled_from([-SKEW_MS, 0]))
def test_a_generation_computed_from_a_date_on_over_its_parent_equals_a_computation_of_the_whole_log(
    found: list[tuple[int, int]], least_ms: int
) -> None:
    """Whatever comes late, and however long: no part of a batch hides the whole of it."""
    midnight, half_hour = UTC.start(DAY), HOUR_MS // 2
    since = midnight - SKEW_MS
    occurrences = [(midnight + occurred * half_hour, late * half_hour + least_ms) for occurred, late in found]
    events = [(occurred_ms, occurred_ms + late_ms) for occurred_ms, late_ms in occurrences]
    whole, later = computed(events), computed([event for event in events if event[1] >= since])
    written = {batch: kept for batch, kept in later.items() if UTC.is_whole(batch, since)}
    _, lower = layers(2, {2: Generation(number=2, parent=1, alone_from=date_of(DAY))})
    below = {batch: kept for batch, kept in whole.items() if lower.last(date_of(batch.day)) == date_of(batch.day)}
    assert below | written == whole


def computed(events: list[tuple[int, int]]) -> dict[Batch, list[tuple[int, int]]]:
    """Batches with their events, as the job computes them from these records."""
    found: dict[Batch, list[tuple[int, int]]] = {}
    for event in sorted(events):
        found.setdefault(UTC.batch(*event), []).append(event)
    return found


@pytest.mark.parametrize(("hour", "whole"), [(0, True), (1, True), (-1, False), (-7, False)])
def test_a_batch_of_an_hour_is_whole_from_the_hour_in_which_reading_began(hour: int, whole: bool) -> None:
    since = UTC.start(DAY) - SKEW_MS
    batch = UTC.batch(UTC.start(DAY) + hour * HOUR_MS, UTC.start(DAY) + hour * HOUR_MS)
    assert UTC.is_whole(batch, since) is whole


def test_a_late_batch_is_whole_when_reading_began_before_its_hour_of_appending() -> None:
    occurred, hour = UTC.start(DAY), UTC.start(DAY + 2)
    assert UTC.is_whole(UTC.batch(occurred, hour), hour)
    assert not UTC.is_whole(UTC.batch(occurred, hour), hour + 1)
