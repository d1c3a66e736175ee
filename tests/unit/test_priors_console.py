"""What priors are learned from: of the log what the generation in force counts, items with ids, and never nothing."""

import datetime
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from click.testing import CliRunner
from strategies import GARAGE, NOON_MS
from tables import HeldTables

from cql import generations
from cql.rows import BatchKey, StoredRow
from flink_job.console import priors
from flink_job.console.main import main
from flink_job.priors import rows
from flink_job.priors.offered import items
from flink_job.priors.rows import logged_rows
from flink_job.priors.sample import Users, check, sample
from flink_job.settings import JobSettings
from flink_job.verify import verify
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import NothingStored, SettingsError
from udfs.events.batch import HOUR_MS, Batch, day_of
from udfs.events.exclusion import ALWAYS_MS, Span
from udfs.events.record import Origin, Record

FIRST, LAST = datetime.date(2026, 11, 1), datetime.date(2026, 11, 20)
DAY = datetime.timedelta(days=1)


def record(user_id: str, offset: int, origin: Origin | None = None) -> Record:
    event = {"event_id": f"{offset}", "user_id": user_id, "type": "view", "occurred_at": "2026-11-20T11:00:00Z"}
    value = msgspec.json.encode(event | {"item": {"id": f"i{offset}", "make": "audi"}})
    return Record(NOON_MS, 0, offset, user_id.encode(), value, origin and origin.header())


def test_of_the_log_only_that_is_learned_from_which_the_generation_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not whoever was erased or objects, nor a replay for another generation."""
    log = [record("ann", 0), record("erased", 1), record("bob", 2, Origin(0, 0, NOON_MS, 1))]
    held = SimpleNamespace(ends=lambda: {0: 3}, records=lambda _: log)
    monkeypatch.setattr(rows, "Log", lambda *_: nullcontext(held))
    for module in (generations, verify):
        monkeypatch.setattr(module, "Store", SimpleNamespace(open=lambda _: HeldTables()))
    monkeypatch.setattr(verify, "exclusions", lambda _: [("erased", Span(ALWAYS_MS, NOON_MS + HOUR_MS))])
    assert [row.key.user_id for row in logged_rows(JobSettings(generation=2), GARAGE)] == ["ann"]


@pytest.mark.parametrize(
    ("users", "known"),
    [
        ({}, False),
        ({"ann": [(FIRST - DAY, {}), (LAST + DAY, {})]}, False),
        ({"ann": [(FIRST - DAY, {})], "bob": [(FIRST, {})]}, True),
        ({"ann": [(LAST, {})]}, True),
    ],
)
def test_nothing_is_learned_from_dates_on_which_nobody_did_anything(users: Users, known: bool) -> None:
    with nullcontext() if known else pytest.raises(NothingStored, match="from 2026-11-01 to 2026-11-20"):
        check(users, FIRST, LAST)


@pytest.mark.parametrize("source", ["store", "log"])
def test_a_fit_is_of_the_generation_in_force_and_of_nothing_puts_nothing_in_force(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    asked: list[int] = []

    def nothing(settings: JobSettings, _: Catalogue) -> Iterator[StoredRow]:
        asked.append(settings.generation)
        return iter(())

    for name in ("stored_rows", "logged_rows"):
        monkeypatch.setattr(priors, name, nothing)
    monkeypatch.setattr(priors, "chosen", lambda _: 2)
    done = CliRunner().invoke(main, ["priors", "fit", "--source", source])
    assert (done.exit_code, asked) == (1, [2])
    assert "there is nothing to learn from; say other dates" in done.stderr


@pytest.mark.parametrize("line", ['{"make": "audi"}', '{"id": null}', '{"id": ""}'])
def test_an_item_without_an_id_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text('{"id": "a", "make": "audi"}\n\n')
    assert list(items(file, GARAGE)) == ["a"]
    file.write_text('{"id": "a", "make": "audi"}\n\n' + line)
    with pytest.raises(SettingsError, match="line 3: the item has no id; give each item an id"):
        items(file, GARAGE)


@pytest.mark.parametrize("line", [b'["no", "object"]', b'{"id": "a", "make": "\xff"}', b"[" * 5_000])
def test_a_line_that_is_no_item_is_named_by_its_number(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "items.jsonl"
    file.write_bytes(b'{"id": "a"}\n' + line + b"\n")
    with pytest.raises(SettingsError, match=r"items\.jsonl, line 2: .*one JSON object a line is wanted"):
        items(file, GARAGE)


def test_a_sample_is_the_same_in_whatever_order_it_is_read() -> None:
    def row(user: str, date: datetime.date) -> StoredRow:
        return StoredRow(BatchKey(user, Batch(day_of(date), 9)), 1, 1, 1, {})

    stored = [row(user, date) for user in ("bob", "ann", "cem") for date in (LAST, FIRST)]
    found = [sample(rows, 10, 1) for rows in (stored, reversed(stored))]
    assert [list(one.items()) for one in found] == [list(found[0].items())] * 2
