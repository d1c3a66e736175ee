"""Dates and batches: each instant lies in exactly one, also on days of 23 and 25 hours."""

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import instants_ms

from udfs.errors import EventRejected, Reason
from udfs.events.batch import (
    DAY_MS,
    HORIZON_MS,
    HOUR_MS,
    LATE,
    SKEW_MS,
    Batch,
    Calendar,
    check_lateness,
    date_of,
    day_of,
)

BERLIN = Calendar("Europe/Berlin")
ZONES = {
    name: Calendar(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Pacific/Chatham",
        "America/Havana",  # falls back across midnight
        "America/Santiago",  # springs forward at midnight: the date begins at 01:00
        "Africa/Cairo",
        "Australia/Lord_Howe",  # changes by half an hour
    )
}
zones = st.sampled_from(sorted(ZONES))


def _ms(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("occurred", "date", "number"),
    [
        ("2026-07-01T00:00:00+02:00", "2026-07-01", 0),
        ("2026-07-01T23:59:59.999+02:00", "2026-07-01", 23),
        ("2026-07-01T22:00:00Z", "2026-07-02", 0),
        ("2026-03-29T01:59:59+01:00", "2026-03-29", 1),
        ("2026-03-29T03:00:00+02:00", "2026-03-29", 2),
        ("2026-03-29T23:59:59+02:00", "2026-03-29", 22),
        ("2026-10-25T02:30:00+02:00", "2026-10-25", 2),
        ("2026-10-25T02:30:00+01:00", "2026-10-25", 3),
        ("2026-10-25T23:59:59+01:00", "2026-10-25", 24),
    ],
)
def test_an_event_in_time_belongs_to_its_hour_of_the_day_in_berlin(occurred: str, date: str, number: int) -> None:
    batch = BERLIN.batch(_ms(occurred), _ms(occurred) + 1000)
    assert (batch.date.isoformat(), batch.number) == (date, number)
    assert not batch.is_late


@pytest.mark.parametrize(
    ("zone", "date", "begins", "hours"),
    [
        ("Europe/Berlin", "2026-07-01", "2026-06-30T22:00Z", 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", 25),
        pytest.param("America/Santiago", "2026-09-06", "2026-09-06T04:00Z", 23, id="there is no midnight"),
        pytest.param("America/Havana", "2026-11-01", "2026-11-01T04:00Z", 25, id="there are two midnights"),
    ],
)
def test_a_date_has_as_many_batches_as_hours(zone: str, date: str, begins: str, hours: int) -> None:
    calendar, day = Calendar(zone), day_of(datetime.date.fromisoformat(date))
    assert calendar.start(day) == _ms(begins)
    minutes = range(calendar.start(day), calendar.start(day + 1), 60_000)
    assert len(minutes) == hours * 60
    assert {calendar.batch(ms, ms) for ms in minutes} == {Batch(day, number) for number in range(hours)}


def test_an_event_beyond_the_horizon_belongs_to_a_late_batch_of_its_date_by_the_hour_of_appending() -> None:
    noon, start = _ms("2026-07-01T12:00:00+02:00"), _ms("2026-07-01T00:00:00+02:00")
    day = day_of(datetime.date(2026, 7, 1))
    assert BERLIN.batch(noon, noon + HORIZON_MS) == Batch(day, 12)
    assert BERLIN.batch(noon, noon + HORIZON_MS + 1) == Batch(day, LATE + 18)
    assert BERLIN.batch(noon, start + 60 * DAY_MS) == Batch(day, LATE + 60 * 24)


@given(zones, instants_ms())
def test_every_instant_lies_in_exactly_one_date(zone: str, ms: int) -> None:
    calendar = ZONES[zone]
    day, start = calendar.day(ms)
    assert start == calendar.start(day) <= ms < calendar.start(day + 1)
    assert date_of(day) == datetime.datetime.fromtimestamp(ms / 1000, zoneinfo.ZoneInfo(zone)).date()


@given(zones, instants_ms())
def test_every_instant_lies_in_exactly_one_hour_that_began_before_it(zone: str, ms: int) -> None:
    calendar = ZONES[zone]
    batch = calendar.batch(ms, ms)
    assert 0 <= batch.number <= 24
    assert 0 <= ms - calendar.batch_start(batch) < HOUR_MS


@given(zones, instants_ms(), st.integers(HORIZON_MS + 1, 90 * DAY_MS))
def test_a_late_batch_is_the_hour_in_which_the_log_took_the_event(zone: str, occurred: int, late: int) -> None:
    calendar = ZONES[zone]
    batch = calendar.batch(occurred, occurred + late)
    assert batch.is_late
    assert batch.day == calendar.day(occurred)[0]
    assert 0 <= occurred + late - calendar.batch_start(batch) < HOUR_MS


@given(zones, instants_ms(), st.integers(-SKEW_MS, 10 * DAY_MS))
def test_two_calendars_agree_whatever_they_remember(zone: str, occurred: int, late: int) -> None:
    fresh = Calendar(zone)
    batch = ZONES[zone].batch(occurred, occurred + late)
    assert batch == fresh.batch(occurred, occurred + late)
    assert ZONES[zone].batch_start(batch) == fresh.batch_start(batch)


@given(st.integers(-400_000, 400_000))
def test_dates_and_days_are_each_others_inverse(day: int) -> None:
    assert day_of(date_of(day)) == day


RETENTION_MS = 60 * DAY_MS


@pytest.mark.parametrize("lateness", [-SKEW_MS, 0, RETENTION_MS])
def test_within_the_bounds_an_event_counts(lateness: int) -> None:
    check_lateness(10**12, 10**12 + lateness, RETENTION_MS)


@pytest.mark.parametrize(
    ("lateness", "reason", "words"),
    [
        (-SKEW_MS - 1, Reason.FROM_THE_FUTURE, "300 s after the log took the event"),
        (RETENTION_MS + 1, Reason.EXPIRED, "60 days back; only 60 are kept"),
    ],
)
def test_a_millisecond_beyond_the_bounds_it_does_not(lateness: int, reason: Reason, words: str) -> None:
    with pytest.raises(EventRejected, match=words) as caught:
        check_lateness(10**12, 10**12 + lateness, RETENTION_MS)
    assert caught.value.reason is reason
