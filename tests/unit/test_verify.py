"""Verify: it finds whatever is wrong with the store, and only that."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest
from strategies import GARAGE, NOON_MS

from cql.rows import BatchKey, Layout, StoredRow
from flink_job.letter import MAX_CARRIED_BYTES, Letter, letter
from flink_job.share import Share
from flink_job.verify.compare import compare
from flink_job.verify.recount import Recount, Window, folded, recount
from flink_job.verify.report import Books, Report
from udfs.errors import Reason
from udfs.events.batch import DAY_MS, HOUR_MS, LATE, SKEW_MS, Batch
from udfs.events.record import Record
from udfs.statistics.encoding import encode
from udfs.statistics.fold import MAX_EVENTS, Fold

Rows = list[StoredRow]
NAMES = GARAGE.names
FOLD = Fold(GARAGE).fold


def _event(number: int, user: str, **changes: Any) -> bytes:
    item = {"id": f"car-{number}", "make": "audi", "mileage": number}
    event = {"event_id": f"e{number}", "user_id": user, "type": "view", "occurred_at": "2026-11-20T11:00:00Z"}
    return msgspec.json.encode(event | {"item": item} | changes)


LOG = [
    Record(NOON_MS, 0, 0, b"ann", _event(1, "ann")),
    Record(NOON_MS, 0, 1, b"ann", _event(2, "ann")),
    Record(NOON_MS, 0, 2, b"ann", _event(2, "ann")),
    Record(NOON_MS, 0, 3, b"ann", _event(3, "ann", occurred_at="2026-11-19T11:00:00Z")),
    Record(NOON_MS, 1, 0, b"bob", _event(4, "bob")),
    Record(NOON_MS, 1, 1, b"bob", b"{"),
    Record(NOON_MS, 1, 2, b"bob", _event(5, "bob", type="bought")),
    Record(NOON_MS, 1, 3, None, _event(6, "bob")),
]


def test_a_store_that_holds_what_the_log_says_agrees() -> None:
    report = _report()
    assert report.agrees
    assert (report.cells.compared, report.letters_wrong, report.examples) == (9, 0, [])
    assert report.books == Books(produced=8, counted=4, duplicate=1, rejected=3, capped=0)
    assert report.reasons == {"not_json": 1, "unknown_type": 1, "no_key": 1}


def test_the_last_line_is_the_summary() -> None:
    summary = "verified: 9 cells compared, 0 missing, 0 extra, 0 different; the books balance"
    assert _report().lines()[-1] == summary
    assert _report(lambda rows: rows[1:]).lines()[-1].startswith("NOT VERIFIED: ")


def test_a_missing_row_is_found_with_all_its_cells() -> None:
    report = _report(lambda rows: rows[1:])
    assert (report.cells.missing, report.cells.extra, report.cells.different) == (3, 0, 0)
    assert report.examples == ["missing: user 'ann', 2026-11-20, batch 12, all dimensions"]
    assert not report.books.balance
    assert not report.agrees


def test_a_missing_cell_is_found() -> None:
    report = _report(_change(0, cells=lambda cells: {name: cells[name] for name in NAMES[1:]}))
    assert (report.cells.missing, report.cells.extra, report.cells.different) == (1, 0, 0)
    assert report.examples == ["missing: user 'ann', 2026-11-20, batch 12, make"]


def test_a_dimension_that_rows_lack_is_named_as_nothing_records_since_when_it_counts() -> None:
    """So it is after one was added to a generation that had begun."""
    report = _report(lambda rows: [*map(_without_mileage, rows[:2]), *rows[2:]])
    assert report.lacking == {"mileage": 2}
    assert any(line.startswith("mileage: 2 rows lack it that hold others") for line in report.lines())
    assert not report.agrees


@pytest.mark.parametrize("key", [BatchKey("eve", Batch(20777, 12)), BatchKey("ann", Batch(20777, 13))])
def test_a_row_too_many_is_found(key: BatchKey) -> None:
    report = _report(lambda rows: [*rows, msgspec.structs.replace(rows[0], key=key)])
    assert (report.cells.missing, report.cells.extra, report.cells.different) == (0, 3, 0)
    assert not report.books.balance


def test_a_cell_that_differs_by_one_count_is_found() -> None:
    other = encode(FOLD(b'["e1","car-1",0,5,"vw",null,null]').statistics[0])
    report = _report(_change(1, cells=lambda cells: cells | {"make": other}))
    assert (report.cells.missing, report.cells.extra, report.cells.different) == (0, 0, 1)
    assert report.examples == ["different: user 'ann', 2026-11-19, batch 137, make"]
    assert report.books.balance
    assert not report.agrees


@pytest.mark.parametrize("field", ["version", "events", "items"])
def test_a_count_of_the_row_that_differs_is_found(field: str) -> None:
    assert _report(_change(0, **{field: lambda count: count + 1})).cells.different == 1


def test_events_counted_twice_unbalance_the_books() -> None:
    assert not _report(_change(0, events=lambda count: count + 1)).books.balance


def test_the_order_of_rows_and_copies_of_letters_do_not_matter() -> None:
    assert _report(lambda rows: rows[::-1], lambda letters: letters + letters[::-1]) == _report()


def test_a_letter_that_is_missing_is_found() -> None:
    report = _report(letters=lambda letters: letters[1:])
    assert report.letters_wrong == 1
    assert not report.books.balance


def test_a_letter_too_many_is_found() -> None:
    wrong = _letter(Reason.NOT_JSON, LOG[0])
    report = _report(letters=lambda letters: [*letters, wrong])
    assert report.letters_wrong == 1
    assert not report.books.balance


@pytest.mark.parametrize(
    "wrong",
    [
        (Reason.WRONG_SHAPE, LOG[5]),
        (Reason.NOT_JSON, msgspec.structs.replace(LOG[5], value=b"{}")),
        (Reason.NOT_JSON, msgspec.structs.replace(LOG[5], key=None)),
        (Reason.NOT_JSON, msgspec.structs.replace(LOG[5], append_ms=0)),
    ],
    ids=["reason", "value", "key", "append time"],
)
def test_a_letter_with_another_reason_or_other_bytes_is_found(wrong: tuple[Reason, Record]) -> None:
    report = _report(letters=lambda letters: [_letter(*wrong), *letters[1:]])
    assert report.letters_wrong == 1
    assert report.books.balance
    assert not report.agrees


def test_a_letter_that_is_cut_is_its_records_and_not_that_of_a_longer_one() -> None:
    record = Record(NOON_MS, 1, 0, b"bob", b"v" * MAX_CARRIED_BYTES)
    longer = msgspec.structs.replace(record, value=b"v" * (MAX_CARRIED_BYTES + 1))
    counted, layout = recount([record], GARAGE, 60), Layout(GARAGE, 1, 60)
    reports = [
        compare(counted, [], [_letter(Reason.TOO_LARGE, of)], GARAGE, layout, NOON_MS) for of in (record, longer)
    ]
    assert [report.agrees for report in reports] == [True, False]


def test_a_letter_whose_key_is_cut_is_in_the_share_of_its_record() -> None:
    half = Share(0.5)
    keys = [b"%d" % number * MAX_CARRIED_BYTES for number in range(10, 20)]
    cut = [letter(Reason.TOO_LARGE, "no", Record(NOON_MS, 0, 0, key, None)).key for key in keys]
    assert list(map(half.holds, keys)) == list(map(half.holds, cut))
    assert len(set(map(half.holds, keys))) == 2


def test_a_batch_that_the_store_refused_is_missing_and_its_letter_is_no_rejection() -> None:
    unwritable = _letter(Reason.UNWRITABLE, Record(-1, -1, -1, b"ann", b"[]"))
    report = _report(lambda rows: rows[1:], lambda letters: [*letters, unwritable])
    assert (report.cells.missing, report.letters_wrong) == (3, 0)


def test_a_row_near_or_past_its_expiry_may_be_there_or_not() -> None:
    later = NOON_MS + 60 * DAY_MS
    gone = _report(lambda rows: [row for row in rows if row.key.batch.day == 20777], now_ms=later)
    assert gone.agrees
    assert gone.cells.expiring == 3
    assert _report(now_ms=later).agrees


def test_the_first_records_of_a_batch_count_and_the_rest_is_capped() -> None:
    log = [Record(NOON_MS, 0, offset, b"bot", _event(offset, "bot")) for offset in range(MAX_EVENTS + 2)]
    counted = recount(log, GARAGE, 60)
    assert counted.reasons == {Reason.CAPPED: 2}
    assert set(counted.refused) == {(0, MAX_EVENTS), (0, MAX_EVENTS + 1)}
    capped = [_letter(Reason.CAPPED, record) for record in log[MAX_EVENTS:]]
    report = compare(counted, _rows(counted), capped, GARAGE, Layout(GARAGE, 1, 60), NOON_MS)
    assert report.agrees
    assert report.books == Books(produced=MAX_EVENTS + 2, counted=MAX_EVENTS, duplicate=0, rejected=0, capped=2)


def test_under_load_only_batches_that_no_later_record_touches_are_compared() -> None:
    """One of ann's batches is touched again; bob's is closed, and so are the letters before the instant."""
    later = Record(NOON_MS + 5, 0, 4, b"ann", _event(7, "ann"))
    refused = Record(NOON_MS + 6, 1, 4, None, b"")
    found = recount([*LOG, later, refused], GARAGE, 60, window=Window(until_ms=NOON_MS + 5))
    found.close()
    assert sorted((key.user_id, key.batch.day) for key in found.payloads) == [("ann", 20776), ("bob", 20777)]
    assert (found.produced, found.accepted, len(found.refused)) == (5, 2, 3)
    letters = [_letter(one.reason, _at(origin)) for origin, one in found.refused.items()]
    letters.append(_letter(Reason.NO_KEY, refused))
    rows = _rows(recount(LOG, GARAGE, 60))
    report = compare(found, rows, letters, GARAGE, Layout(GARAGE, 1, 60), NOON_MS)
    assert report.agrees, report.lines()
    assert report.cells.compared == 6


def test_of_a_generation_with_none_below_it_only_records_and_batches_from_its_beginning_on_are_compared() -> None:
    """Ann's first batch had begun to fill before; what bob sent before is of no concern, good or bad."""
    since_ms = NOON_MS - HOUR_MS - SKEW_MS
    log = [
        Record(since_ms - 1, 0, 0, b"bob", _event(1, "bob", occurred_at="2026-11-20T10:00:00Z")),
        Record(since_ms - 1, 0, 1, None, b""),
        Record(since_ms, 0, 2, b"ann", _event(2, "ann", occurred_at="2026-11-20T10:59:59Z")),
        Record(since_ms, 0, 3, b"ann", _event(3, "ann", occurred_at="2026-11-20T11:00:00Z")),
        Record(since_ms, 0, 4, None, b""),
        Record(since_ms + SKEW_MS, 0, 5, b"ann", _event(4, "ann", occurred_at="2026-11-19T11:00:00Z")),
    ]
    found = recount(log, GARAGE, 60, window=Window(since_ms=since_ms))
    found.close()
    assert [(key.user_id, key.batch.number) for key in found.payloads] == [("ann", 12), ("ann", LATE + 36)]
    letters = [_letter(Reason.NO_KEY, log[place]) for place in (1, 4)]
    report = compare(found, _rows(found), letters, GARAGE, Layout(GARAGE, 2, 60, since_ms), NOON_MS)
    assert report.agrees, report.lines()
    assert report.books == Books(produced=3, counted=2, duplicate=0, rejected=1, capped=0)


def test_a_share_of_users_is_compared_with_all_that_they_have_and_nothing_else() -> None:
    """Whoever is in the half is in it with all: records, rows and letters."""
    log = [Record(NOON_MS, 0, n, f"user {n % 40}".encode(), _event(n, f"user {n % 40}")) for n in range(200)]
    log += [Record(NOON_MS, 1, n, f"user {n}".encode(), b"{") for n in range(40)]
    whole = recount(log, GARAGE, 60)
    letters = [_letter(Reason.NOT_JSON, record) for record in log[200:]]
    layout, half = Layout(GARAGE, 1, 60), Share(0.5)
    found = recount(log, GARAGE, 60, share=half)
    rows = [row for row in _rows(whole) if half.holds_user(row.key.user_id)]
    report = compare(found, rows, letters, GARAGE, layout, NOON_MS)
    assert report.agrees, report.lines()
    inside = {record.key for record in log if half.holds(record.key)}
    assert report.books == Books(
        produced=6 * len(inside), counted=5 * len(inside), duplicate=0, rejected=len(inside), capped=0
    )
    assert 8 < len(inside) < 32
    assert " of 0.5 of all users" in report.lines()[-1]
    lost = [row for row in rows if row.key.user_id.encode() != min(inside)]
    assert not compare(found, lost, letters, GARAGE, layout, NOON_MS).agrees
    nobody = recount(log, GARAGE, 60, share=Share(1e-9))
    assert not compare(nobody, [], letters, GARAGE, layout, NOON_MS).agrees


def _report(
    change: Callable[[Rows], Rows] = lambda rows: rows,
    letters: Callable[[list[Letter]], Iterable[Letter]] = lambda letters: letters,
    now_ms: int = NOON_MS,
) -> Report:
    """The comparison of LOG with a store and letters that are right, but for what is changed."""
    counted = recount(LOG, GARAGE, 60)
    right = [_letter(refusal.reason, _at(origin)) for origin, refusal in counted.refused.items()]
    rows = change(_rows(counted))
    return compare(counted, rows, letters(right), GARAGE, Layout(GARAGE, 1, 60), now_ms)


def _rows(counted: Recount) -> Rows:
    return list(folded(counted, GARAGE))


def _without_mileage(row: StoredRow) -> StoredRow:
    return msgspec.structs.replace(row, cells={name: row.cells[name] for name in NAMES if name != "mileage"})


def _change(place: int, **changes: Callable[[Any], Any]) -> Callable[[Rows], Rows]:
    def changed(rows: Rows) -> Rows:
        row = rows[place]
        values = {field: change(getattr(row, field)) for field, change in changes.items()}
        return [*rows[:place], msgspec.structs.replace(row, **values), *rows[place + 1 :]]

    return changed


def _letter(reason: Reason, record: Record) -> Letter:
    return letter(reason, "why", record)


def _at(origin: tuple[int, int]) -> Record:
    return next(record for record in LOG if (record.partition, record.offset) == origin)
