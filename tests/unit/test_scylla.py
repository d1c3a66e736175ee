"""What ScyllaDB's documentation asks beyond Cassandra's, as far as it can be asserted without ScyllaDB."""

import re
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cql.rows import BatchKey, Layout
from udfs.catalogues.catalogue import load
from udfs.events.batch import DAY_MS, SKEW_MS, Calendar
from udfs.statistics.fold import MAX_EVENTS, Delta

ROOT = Path(__file__).parents[2]
STATEMENTS = sorted([*(ROOT / "cql" / "statements").glob("*.cql"), *(ROOT / "cql" / "migrations").glob("*.cql")])
FUTURE_MS = 3 * DAY_MS
"""`restrict_future_timestamp`: later write timestamps are refused."""

CARS = load("cars")
FURTHEST = Delta(MAX_EVENTS, MAX_EVENTS, MAX_EVENTS, ())


@given(
    st.integers(1_600_000_000_000, 4_000_000_000_000),
    st.integers(-60 * DAY_MS, SKEW_MS),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"]),
    st.booleans(),
)
def test_no_write_timestamp_lies_three_days_ahead(append_ms: int, ahead_ms: int, zone: str, replayed: bool) -> None:
    calendar, occurred_ms = Calendar(zone), append_ms + ahead_ms
    catalogue = msgspec.structs.replace(CARS, time_zone=zone)
    batch = calendar.replayed(occurred_ms, "e") if replayed else calendar.batch(occurred_ms, append_ms)
    layout = Layout(catalogue, 1, 60)
    assert layout.timestamp_us(BatchKey("ann", batch).batch, FURTHEST) < (append_ms + FUTURE_MS) * 1000


def test_statements_stay_in_what_both_stores_take() -> None:
    """Markers are `?`: a name that is used twice is one marker in ScyllaDB and two in Cassandra."""
    foreign = r"counter|\bIF (?!NOT EXISTS)|MATERIALIZED|INDEX|ALLOW FILTERING|LOGGED|USING TIMEOUT|BYPASS|tablets|:\w"
    for file in STATEMENTS:
        text = re.sub(r"--.*|'[^']*'", "", file.read_text())
        assert not re.search(foreign, text, re.IGNORECASE), file.name


def test_tablets_get_the_replication_strategy_that_they_need() -> None:
    keyspace = (ROOT / "cql" / "migrations" / "000_keyspace.cql").read_text()
    assert re.findall(r"'class': '(\w+)'", keyspace) == ["NetworkTopologyStrategy"]
