"""Rows: what is bound for a delta, and why an older write always loses."""

import datetime

import msgspec
import pytest
from hypothesis import given
from strategies import GARAGE, Payload, payloads

from cql import statement
from cql.rows import BatchKey, Layout, column
from udfs.events.batch import DAY_MS, HOUR_MS, LATE, Batch, Calendar
from udfs.events.payload import together
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Delta, Fold

LAYOUT = Layout(GARAGE, generation=3, retention_days=60)
CALENDAR = Calendar(GARAGE.time_zone)
BATCH = Batch(20777, 12)
KEY = BatchKey("user", BATCH)
START_MS = CALENDAR.start(20777)
END_MS = START_MS + 61 * DAY_MS


def test_a_row_binds_key_counts_cells_timestamp_and_ttl_in_the_order_of_the_statement() -> None:
    delta = _fold([["e1", "i1", 0, 5, "audi", None, 7]])
    values = LAYOUT.values(KEY, delta, now_ms=END_MS - 90_500)
    cells = [encode(statistic) for statistic in delta.statistics]
    assert values == ["user", 3, datetime.date(2026, 11, 20), 12, 1, 1, 1, *cells, _start_us() + 1, 90]
    assert statement("write_delta", columns="a, b, c", markers="?, ?, ?").count("?") == len(values)


def test_empty_statistics_are_written_too() -> None:
    values = LAYOUT.values(KEY, _fold([["e1", "i1", 0, 5, None, None, None]]), START_MS)
    assert values is not None
    assert values[7:10] == [b"\x01\x90"] * 3


@given(payloads(), payloads())
def test_the_timestamp_grows_with_the_batch_and_is_the_same_on_a_replay(
    some: list[Payload], more: list[Payload]
) -> None:
    before, after = _fold(some), _fold(some + more)
    grown = LAYOUT.timestamp_us(BATCH, after) - LAYOUT.timestamp_us(BATCH, before)
    assert grown == after.version - before.version >= 0
    assert LAYOUT.timestamp_us(BATCH, _fold(some[::-1] + some)) == LAYOUT.timestamp_us(BATCH, before)


def test_the_timestamp_lies_near_the_batch_and_never_in_the_future() -> None:
    """ScyllaDB refuses timestamps that lie days ahead."""
    assert LAYOUT.timestamp_us(BATCH, Delta(5_000, 1, 1, ())) == _start_us() + 5_000
    assert LAYOUT.timestamp_us(Batch(20777, LATE + 36), Delta(0, 1, 1, ())) == (START_MS + 36 * HOUR_MS) * 1000


@pytest.mark.parametrize(
    ("now_ms", "ttl"),
    [(START_MS, 61 * 86_400), (END_MS - 1000, 1), (END_MS - 999, 0), (END_MS, 0), (END_MS + 1, -1)],
)
def test_a_row_lives_until_its_date_is_past_retention(now_ms: int, ttl: int) -> None:
    assert LAYOUT.ttl_seconds(BATCH, now_ms) == ttl
    assert LAYOUT.ttl_seconds(Batch(20777, LATE + 500), now_ms) == ttl


@pytest.mark.parametrize("now_ms", [END_MS - 999, END_MS, END_MS + DAY_MS])
def test_a_batch_past_its_retention_is_not_written_as_it_would_stay_for_ever(now_ms: int) -> None:
    assert LAYOUT.values(KEY, _fold([["e1", "i1", 0, 5, "audi", None, 7]]), now_ms) is None


def test_the_retention_of_a_long_day_counts_from_its_beginning() -> None:
    long = Batch(msgspec.convert("2026-10-25", datetime.date).toordinal() - 719_163, 24)
    assert LAYOUT.ttl_seconds(long, CALENDAR.start(long.day)) == 61 * 86_400


def test_columns_cannot_be_mistaken_for_keys_or_words_of_cql() -> None:
    assert column("date") == "d_date"


def _fold(some: list[Payload]) -> Delta:
    return Fold(GARAGE).fold(together(msgspec.json.encode(payload).decode() for payload in some))


def _start_us() -> int:
    return (START_MS + 12 * HOUR_MS) * 1000
