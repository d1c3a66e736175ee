"""What speaks against a job is one sentence before it starts, and nothing is written then."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from strategies import GARAGE

from cql.writer import Writer
from flink_job import start
from flink_job.settings import JobSettings
from flink_job.start import Beginning, check
from udfs.catalogues.catalogue import load
from udfs.errors import StoreRefused

SETTINGS = JobSettings()


class Lacking:
    """A store whose table of deltas lacks a column."""

    def ask(self, name: str, *values: object) -> list[tuple[object, ...]]:
        return []

    def prepare(self, text: str) -> str:
        if text.startswith("INSERT INTO deltas"):
            message = "InvalidRequest: Undefined column name d_make in table deltas"
            raise StoreRefused(message)
        return text


@pytest.fixture
def claimed(monkeypatch: pytest.MonkeyPatch) -> list[JobSettings]:
    """The claims on a generation that were made."""
    found: list[JobSettings] = []
    monkeypatch.setattr(start, "check_topic", lambda _: None)
    monkeypatch.setattr(start, "Store", SimpleNamespace(open=lambda _: SimpleNamespace(close=lambda: None)))
    monkeypatch.setattr(start, "claim", lambda store, settings, catalogue: found.append(settings))
    return found


def test_a_job_whose_tables_lack_a_column_does_not_start_and_claims_nothing(
    monkeypatch: pytest.MonkeyPatch, claimed: list[JobSettings]
) -> None:
    monkeypatch.setattr(start, "missing", lambda store, settings, catalogue: ["column d_make", "column d_price"])
    with pytest.raises(StoreRefused, match="'penchant' lack column d_make, column d_price; run `penchant migrate`"):
        check(SETTINGS, GARAGE, Beginning(), 0)
    assert claimed == []
    monkeypatch.setattr(start, "missing", lambda store, settings, catalogue: [])
    check(SETTINGS, GARAGE, Beginning(), 0)
    assert claimed == [SETTINGS]


def test_a_worker_whose_table_lacks_a_column_fails_at_its_start_and_not_at_each_batch() -> None:
    with pytest.raises(StoreRefused, match="Undefined column name d_make"):
        Writer(Lacking(), SETTINGS, GARAGE)


@pytest.mark.parametrize(
    ("recovers", "to_store", "by"),
    [(False, True, "check_restore"), (True, True, "check_recovery"), (True, False, "check_restore")],
)
def test_a_cluster_that_lets_jobs_recover_is_asked_for_its_own_checkpoint(
    monkeypatch: pytest.MonkeyPatch, recovers: bool, to_store: bool, by: str
) -> None:
    asked: list[str] = []
    for name in ("check_topic", "_claim"):
        monkeypatch.setattr(start, name, lambda *_, **__: None)
    for name in ("check_restore", "check_recovery"):
        monkeypatch.setattr(start, name, lambda *_, name=name: asked.append(name))
    monkeypatch.setattr(start.Store, "open", lambda _: BytesIO())
    check(JobSettings(write_to_store=to_store), load("cars"), Beginning("s3://there", recovers=recovers), 0)
    assert asked == [by]
