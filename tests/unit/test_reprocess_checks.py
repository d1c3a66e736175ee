"""Where history may be computed from, and what is said where it may not."""

import datetime
from pathlib import Path

import msgspec
import pytest
from strategies import GARAGE

from flink_job.reprocess.checks import check_date, check_form, check_parent, check_places, check_versions, closed_ms
from udfs.errors import SettingsError
from udfs.events.batch import DAY_MS, HOUR_MS, SKEW_MS

FIRST = datetime.date(2026, 11, 25)
MIDNIGHT_MS = 1_795_564_800_000
SINCE_MS = MIDNIGHT_MS - SKEW_MS


def test_the_day_before_is_closed_when_its_last_hour_can_get_no_more_events_in_time() -> None:
    assert closed_ms(SINCE_MS) == MIDNIGHT_MS + 7 * HOUR_MS


def test_a_date_can_be_computed_from_once_the_day_before_is_closed_until_it_expires() -> None:
    for hours in (7, 60 * 24):
        check_date(FIRST, SINCE_MS, MIDNIGHT_MS + hours * HOUR_MS, 60)


@pytest.mark.parametrize(
    ("later_ms", "instead"),
    [
        (7 * HOUR_MS - 1, "fill until 2026-11-25T07:00.*take an earlier date, or wait"),
        (61 * DAY_MS, "kept for 60 days.*take a later date"),
    ],
)
def test_a_date_that_is_too_young_or_too_old_is_refused(later_ms: int, instead: str) -> None:
    with pytest.raises(SettingsError, match=instead):
        check_date(FIRST, SINCE_MS, MIDNIGHT_MS + later_ms, 60)


def test_a_parent_that_has_not_the_whole_day_before_is_refused() -> None:
    check_parent(FIRST, SINCE_MS, 1, closed_ms(SINCE_MS))
    check_parent(FIRST, SINCE_MS, 1, None)
    with pytest.raises(SettingsError, match="generation 1 has not yet read the log up to 7 h into that date"):
        check_parent(FIRST, SINCE_MS, 1, closed_ms(SINCE_MS) - 1)


def test_a_parent_of_another_form_is_refused_as_one_answer_would_mix_both() -> None:
    check_form(FIRST, 1, [])
    with pytest.raises(SettingsError, match=r"generation 1 keeps make, price in another form .* say --alone"):
        check_form(FIRST, 1, ["make", "price"])


def test_a_savepoint_is_refused_where_a_dimension_was_counted_otherwise_and_taken_where_one_is_new() -> None:
    known = {dimension.name: GARAGE.version(dimension) for dimension in GARAGE.dimensions[1:]}
    check_versions(Path("there"), GARAGE, known)
    finer = msgspec.structs.replace(GARAGE.dimensions[1], scale=1e7)
    changed = msgspec.structs.replace(GARAGE, dimensions=(GARAGE.dimensions[0], finer, GARAGE.dimensions[2]))
    with pytest.raises(SettingsError, match=r"there: price is of another version .* --from DATE"):
        check_versions(Path("there"), changed, known)


def test_a_savepoint_is_refused_where_a_dimension_has_moved_and_taken_where_one_is_new() -> None:
    check_places(Path("there"), GARAGE, ["make", "price"])
    with pytest.raises(SettingsError, match=r"there: price, make had another place .* --from DATE"):
        check_places(Path("there"), GARAGE, ["price", "make"])
