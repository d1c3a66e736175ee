"""Verify of a generation over others: what was counted otherwise stays out, and everything above it is compared."""

import datetime
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from types import SimpleNamespace

import msgspec
import pytest
from strategies import GARAGE
from tables import HeldTables

from cql.layers import Generation
from flink_job.generations import fence
from flink_job.letter import Letter, letter
from flink_job.settings import JobSettings
from flink_job.verify import verify
from flink_job.verify.recount import Window, recount
from flink_job.verify.report import Report
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import Reason
from udfs.events.batch import DAY_MS, HOUR_MS, SKEW_MS, Calendar, date_of
from udfs.events.record import Record

SETTINGS = JobSettings(generation=2, retention_days=100_000)
BERLIN = Calendar(GARAGE.time_zone)
DAY = 20_777
SINCE_MS = BERLIN.start(DAY) - SKEW_MS
OVER = Generation(number=2, parent=1, alone_from=date_of(DAY), since_ms=SINCE_MS)
UNALIASED = msgspec.structs.replace(
    GARAGE, dimensions=(msgspec.structs.replace(GARAGE.dimensions[0], aliases={}), *GARAGE.dimensions[1:])
)
SHORTER = msgspec.structs.replace(GARAGE, dimensions=GARAGE.dimensions[:-1])


def seen(offset: int, append_ms: int, late_ms: int) -> Record:
    """A look at a VW, which the log took `late_ms` later."""
    occurred = datetime.datetime.fromtimestamp((append_ms - late_ms) / 1000, datetime.UTC).isoformat()
    event = {"event_id": f"e{offset}", "user_id": "ann", "type": "view", "occurred_at": occurred}
    item = {"id": f"car-{offset}", "make": "VW", "mileage": offset}
    return Record(append_ms, 0, offset, b"ann", msgspec.json.encode(event | {"item": item}))


LOG = [
    seen(0, SINCE_MS - DAY_MS, 1_000),
    seen(1, SINCE_MS - DAY_MS, 2 * DAY_MS),
    Record(SINCE_MS - 1, 0, 2, b"bob", b"{"),
    seen(3, SINCE_MS - 1, 1_000),
    seen(4, SINCE_MS + 1, 2_000),
    seen(5, SINCE_MS + HOUR_MS, 2 * DAY_MS),
    seen(6, SINCE_MS + HOUR_MS, 1_000),
    Record(SINCE_MS + HOUR_MS, 0, 7, b"bob", b"{"),
]
"""Of dates before and after, in time and late; 3 and 4 belong to a batch that had begun to fill before."""


@pytest.fixture(params=[UNALIASED, SHORTER], ids=["another alias", "a dimension fewer"])
def tables(request: pytest.FixtureRequest) -> HeldTables:
    """A generation over a parent that another catalogue has counted."""
    return over(request.param)


def over(below: Catalogue) -> HeldTables:
    found = HeldTables(OVER)
    found.write(1, below, recount(LOG, below, SETTINGS.retention_days))
    counted = recount(LOG, GARAGE, SETTINGS.retention_days, window=Window(SINCE_MS))
    counted.close()
    found.write(2, GARAGE, counted)
    return found


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Report]:
    """The outcome for these tables, once the log and all dead letters have been read."""
    letters = [letter(Reason.NOT_JSON, "", LOG[place]) for place in (2, 7)]

    def compared(
        tables: HeldTables, settings: JobSettings = SETTINGS, say: verify.Say = print, more: Sequence[Letter] = ()
    ) -> Report:
        rejected = [Record(0, 0, 0, None, one.json().encode()) for one in (*letters, *more)]
        held = {SETTINGS.events_topic: LOG, SETTINGS.rejected_topic: rejected}
        monkeypatch.setattr(verify, "Log", lambda _, topic: nullcontext(log(held[topic])))
        for module in (verify, fence):
            monkeypatch.setattr(module, "Store", SimpleNamespace(open=lambda _: tables))
        return verify.verify(settings, GARAGE, None, say)

    return compared


def log(records: list[Record]) -> SimpleNamespace:
    ends = {0: len(records)}
    return SimpleNamespace(ends=lambda: ends, records=lambda ends, starts={}: records[starts.get(0, 0) :])


def test_what_a_parent_has_counted_otherwise_is_left_out_and_said(
    tables: HeldTables, compare: Callable[..., Report]
) -> None:
    said: list[str] = []
    report = compare(tables, say=said.append)
    assert report.agrees, report.lines()
    assert report.cells.compared == 2 * len(GARAGE.dimensions)
    assert (report.books.produced, report.books.rejected) == (3, 1)
    assert "left out, as the first of them was counted otherwise than the catalogue says: generation 1" in said


def test_over_a_parent_that_was_counted_otherwise_whatever_is_wrong_is_found(
    tables: HeldTables, compare: Callable[..., Report]
) -> None:
    number, row = tables.rows.pop()
    assert number == 2
    assert compare(tables).cells.missing == len(GARAGE.dimensions)
    tables.rows.append((number, msgspec.structs.replace(row, cells=row.cells | {"make": b""})))
    assert compare(tables).cells.different == 1


def test_a_parent_that_was_counted_alike_is_compared(compare: Callable[..., Report]) -> None:
    tables = over(GARAGE)
    assert compare(tables).agrees
    number, _ = tables.rows.pop(0)
    assert number == 1
    assert compare(tables).cells.missing == len(GARAGE.dimensions)


@pytest.mark.parametrize(
    ("verified", "refused_by", "place", "wrong"),
    [(2, 1, 6, 0), (2, 2, 6, 1), (2, 1, 3, 1), (2, 2, 3, 0), (1, 2, 6, 0), (1, 1, 6, 1), (2, None, 6, 1)],
)
def test_a_letter_speaks_only_of_records_on_which_its_generation_decides(
    compare: Callable[..., Report], verified: int, refused_by: int | None, place: int, wrong: int
) -> None:
    """As job 1 writes of replays for generation 2, and job 2 of those for 1. The record at 3 is from before 2 began."""
    found = letter(Reason.OTHER_GENERATION, "", LOG[place], refused_by)
    report = compare(over(GARAGE), msgspec.structs.replace(SETTINGS, generation=verified), more=[found])
    assert (report.letters_wrong, report.agrees) == (wrong, not wrong)


def test_a_layer_that_no_job_has_written_is_missing_and_not_left_out(compare: Callable[..., Report]) -> None:
    """As when the archive's generation was prepared, and only that of the log computed."""
    archived = Generation(number=2, parent=1, since_ms=SINCE_MS - 3 * DAY_MS)
    logged = msgspec.structs.replace(OVER, number=3, parent=2)
    tables = over(UNALIASED)
    tables.made = (archived, logged)
    tables.rows = [(3 if number == 2 else number, row) for number, row in tables.rows]
    tables.versions[3] = tables.versions.pop(2)
    report = compare(tables, msgspec.structs.replace(SETTINGS, generation=3))
    # The batches of offsets 0 and 1, and that of 3 and 4.
    assert report.cells.missing == 3 * len(GARAGE.dimensions)


def test_a_generation_over_one_that_was_counted_otherwise_may_be_switched_to(
    tables: HeldTables, compare: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    position = SimpleNamespace(through_ms=lambda _: SINCE_MS + DAY_MS, close=lambda: None)
    monkeypatch.setattr(verify, "LogPosition", lambda _: position)
    monkeypatch.setattr(fence, "behind_s", lambda _: 0.0)
    assert compare(tables).agrees
    assert list(fence.faults(SETTINGS, GARAGE, print)) == []
    tables.rows.pop()
    (fault,) = fence.faults(SETTINGS, GARAGE, print)
    assert fault.startswith("it is not what the log says")
