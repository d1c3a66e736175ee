"""Rows for benches: a session a date, the same for the same arguments."""

import datetime

from flink_job.local.bench.stored import stored
from flink_job.local.traffic.items import load as load_items
from udfs.catalogues.catalogue import load

LAST = datetime.date(2026, 11, 24)
CARS = load_items(load("cars"))


def test_each_user_has_a_row_for_each_date_newest_first() -> None:
    rows = stored(CARS, users=3, dates=4, last=LAST)
    dates = [LAST - datetime.timedelta(days=age) for age in range(4)]
    assert len(rows) == 3
    assert all([key.batch.date for key, _ in own] == dates for own in rows.values())
    assert all(key.user_id == name for name, own in rows.items() for key, _ in own)


def test_rows_differ_from_date_to_date_and_hold_what_a_session_holds() -> None:
    for own in stored(CARS, users=3, dates=4, last=LAST).values():
        assert len({repr(delta.statistics) for _, delta in own}) == 4
        assert all(0 < delta.items <= delta.events == delta.version for _, delta in own)


def test_equal_arguments_give_equal_rows() -> None:
    assert stored(CARS, 2, 2, LAST) == stored(CARS, 2, 2, LAST)
