"""What changed from one generation to another: cells, moves and users."""

from strategies import GARAGE

from cql.rows import BatchKey, StoredRow
from flink_job.generations.difference import Changed, Move, difference
from flink_job.share import Share
from udfs.events.batch import Batch
from udfs.events.payload import together
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Fold

NAMES = GARAGE.names


def row(user: str, number: int, *makes: str) -> StoredRow:
    payloads = [f'["e{n}","i{n}",0,{n},"{make}",{n},{n}]' for n, make in enumerate(makes)]
    delta = Fold(GARAGE).fold(together(payloads))
    cells = dict(zip(NAMES, map(encode, delta.statistics), strict=True))
    return StoredRow(BatchKey(user, Batch(20_777, number)), delta.version, delta.events, delta.items, cells)


def test_equal_generations_have_no_difference() -> None:
    rows = [row("ann", 1, "audi"), row("bob", 2, "bmw", "audi")]
    found = difference(rows, reversed(rows), GARAGE)
    assert (found.users_changed, found.users) == (0, [])
    assert found.dimensions["make"] == Changed(same=2)


def test_cells_are_told_apart_by_where_they_are_and_the_largest_moves_come_first() -> None:
    first = [row("ann", 1, "audi", "audi", "bmw"), row("bob", 2, "vw"), row("eve", 3, "vw")]
    second = [row("ann", 1, "bmw", "bmw", "bmw"), row("cat", 4, "audi"), row("eve", 3, "vw")]
    found = difference(first, second, GARAGE)
    make = found.dimensions["make"]
    assert (make.same, make.different, make.only_first, make.only_second) == (1, 1, 1, 1)
    assert make.moves == [Move("bmw", 2), Move("audi", -1), Move("vw", -1)]
    assert found.users == ["ann", "bob", "cat"]
    assert found.lines()[-1] == "3 users differ, such as ann, bob, cat"


def test_a_number_moves_from_bin_to_bin() -> None:
    found = difference([row("ann", 1, "audi")], [], GARAGE)
    assert [move.change for move in found.dimensions["mileage"].moves] == [-1]


def test_a_share_of_users_is_always_the_same_and_of_about_its_part() -> None:
    users = [f"user-{number}" for number in range(300)]
    half = list(filter(Share(0.5).holds_user, users))
    assert half == list(filter(Share(0.5).holds_user, users))
    assert 100 < len(half) < 200
    assert list(filter(Share(1.0).holds_user, users)) == users
