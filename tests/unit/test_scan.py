"""A scan of the table: of each batch the uppermost row, and of a share of users nothing that is others'."""

import tracemalloc

import pytest
from strategies import GARAGE
from tables import HeldTables

from cql.layers import Layer
from cql.rows import BatchKey, StoredRow
from cql.scan import scan
from flink_job.share import Share
from udfs.events.batch import Batch

LAYERS = (Layer(2), Layer(1))
USERS = [f"user-{number}" for number in range(2_000)]
KEY_BYTES = 100
"""What a key takes at least that is kept."""


@pytest.fixture
def tables() -> HeldTables:
    """Of each user a batch in both generations, and one that the parent alone has."""
    found = HeldTables()
    for user in USERS:
        found.rows += [(1, row(user, 1, b"old")), (1, row(user, 2, b"old")), (2, row(user, 1, b"new"))]
    return found


def row(user: str, number: int, cell: bytes) -> StoredRow:
    return StoredRow(BatchKey(user, Batch(20_777, number)), 1, 1, 1, {"make": cell})


def test_of_each_batch_the_uppermost_row_is_found(tables: HeldTables) -> None:
    found = [one for one in scan(tables, LAYERS, GARAGE) if one.key.user_id == "user-7"]
    assert found == [row("user-7", 2, b"old"), row("user-7", 1, b"new")]


def test_of_a_share_of_users_exactly_its_rows_are_found(tables: HeldTables) -> None:
    some = Share(0.1)
    found = list(scan(tables, LAYERS, GARAGE, some.holds_user))
    assert found == [one for one in scan(tables, LAYERS, GARAGE) if some.holds_user(one.key.user_id)]
    assert {one.key.user_id for one in found} == set(filter(some.holds_user, USERS))


def test_of_a_share_of_users_no_key_of_others_is_kept(tables: HeldTables) -> None:
    tracemalloc.start()
    try:
        assert list(scan(tables, LAYERS, GARAGE, Share(1e-9).holds_user)) == []
        kept = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept < len(USERS) * KEY_BYTES
