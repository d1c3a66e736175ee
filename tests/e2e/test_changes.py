"""The catalogue changes while the service runs, step by step as the README says: nobody gets an error meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from again import ago_date, from_log, job_of, penchant, silent
from asking import Caller, api
from records import ago, event, message
from running import DISORDER, assert_exact, job_id, own_job, prepare, produce, submit, traffic, until
from trial import CARS

from cql.store import Store
from flink_job.local import job, kafka, reprocess
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import SettingsError, StoreRefused

pytestmark = pytest.mark.slow

CATALOGUE = resources.files("udfs.catalogues").joinpath("cars.toml").read_text(encoding="utf-8")
EVENTS = 600
USERS = [f"user-{number:05}" for number in range(8)]
ADDED = CARS.dimensions[-1].name
DAYS = 2
"""How far back the new generation goes: further than the log."""


def test_a_dimension_is_added_without_a_stop_and_its_history_is_filled(local: StackSettings, tmp_path: Path) -> None:
    without = shorter(tmp_path)
    before = own_job(local, "added", catalogue=str(without), store_timeout_ms="10000")
    after = msgspec.structs.replace(before, catalogue="cars")
    prepare(local, before, load(without))
    first = submit(local, before, parallelism=1)
    produce(before, traffic(CARS, DISORDER, EVENTS))
    assert_exact(before, load(without))

    with asked(before) as old:
        penchant(local, after, "migrate")
        second = submit(local, after, parallelism=1, savepoint=job.stop_with_savepoint(local, first))
        produce(after, traffic(CARS, msgspec.structs.replace(DISORDER, run="after"), EVENTS))
        with asked(after) as new:
            prepared = from_log(after, DAYS)
            reprocess.begin(local, prepared, 1)
            reprocess.follow(local, prepared, silent)
            penchant(local, after, "generation", "switch", "2")
            until(lambda: newest(new)["generation"] == newest(old)["generation"] == 2)
            assert ADDED in newest(new)["dimensions"]
            assert ADDED not in newest(old)["dimensions"]
            assert new.statuses() == old.statuses() == {200}
    job.cancel(local, second)
    assert_exact(prepared.settings, CARS)
    job.cancel(local, job_of(local, prepared))


def test_a_dimension_is_retired_without_a_stop(local: StackSettings, tmp_path: Path) -> None:
    file = tmp_path / "retired.toml"
    file.write_text(f"{CATALOGUE}retired = true\n")
    before = own_job(local, "retired", store_timeout_ms="10000")
    after = msgspec.structs.replace(before, catalogue=str(file))
    prepare(local, before, CARS)
    first = submit(local, before, parallelism=1)
    produce(before, traffic(CARS, DISORDER, EVENTS))
    assert_exact(before, CARS)

    with asked(before) as old:
        penchant(local, after, "migrate")
        second = submit(local, after, parallelism=1, savepoint=job.stop_with_savepoint(local, first))
        produce(after, traffic(CARS, msgspec.structs.replace(DISORDER, run="after"), EVENTS))
        with asked(after) as new:
            assert ADDED not in newest(new)["dimensions"]
            assert ADDED in newest(old)["dimensions"]
            assert new.statuses() == old.statuses() == {200}
    assert_exact(after, load(file))
    job.cancel(local, second)


def test_a_longer_retention_holds_for_older_rows_in_a_new_generation(local: StackSettings) -> None:
    before = own_job(local, "kept", retention_days="10")
    prepare(local, before, CARS)
    first = submit(local, before, parallelism=1)
    for age in (5, 20):
        produce(before, (message(event(f"aged-{age}", number, occurred_at=ago(days=age))) for number in range(5)))
    assert assert_exact(before, CARS).books.rejected == 5
    job.cancel(local, first)

    longer = msgspec.structs.replace(before, retention_days=40, rejected_topic="kept_longer.rejected")
    kafka.create_topics(local, events=longer.events_topic, rejected=longer.rejected_topic, partitions=2)
    prepared = from_log(longer, 25)
    reprocess.begin(local, prepared, 1)
    reprocess.follow(local, prepared, silent)
    assert assert_exact(prepared.settings, CARS).books.rejected == 0
    job.cancel(local, job_of(local, prepared))
    assert {days for _, days in days_left(before)} == {5}
    assert days_left(prepared.settings) == {("aged-5", 35), ("aged-20", 20)}


@pytest.mark.parametrize(
    ("name", "said", "instead"),
    [
        ("elsewhere", 'time_zone = "UTC"', 'time_zone = "America/Lima"'),
        ("finer", "high = 6000.0, count = 32", "high = 6000.0, count = 64"),
    ],
)
def test_a_change_of_what_is_counted_goes_into_a_generation_of_its_own_without_a_stop(
    local: StackSettings, tmp_path: Path, name: str, said: str, instead: str
) -> None:
    file = changed(tmp_path, said, instead)
    before = own_job(local, f"changed_{name}", store_timeout_ms="10000")
    after = msgspec.structs.replace(before, catalogue=str(file))
    prepare(local, before, CARS)
    first = submit(local, before, parallelism=1)
    produce(before, traffic(CARS, DISORDER, EVENTS))
    assert_exact(before, CARS)

    with pytest.raises(StoreRefused, match=r"holds dimension .* in version .*write into a new generation"):
        submit(local, after, parallelism=1)
    with pytest.raises(SettingsError, match=r"generation 1 keeps .* in another form .* say --alone"):
        from_log(after, DAYS)
    with asked(before) as old, asked(after, ready=503) as new:
        date = ago_date(DAYS).isoformat()
        penchant(local, after, "reprocess", "--from", date, "--alone", "--parallelism", "1")
        assert new.statuses() == {503}
        penchant(local, after, "generation", "switch", "2")
        until(lambda: newest(new).get("generation") == 2)
        produce(after, traffic(CARS, msgspec.structs.replace(DISORDER, run="after"), EVENTS))
        assert_exact(before, CARS)
        assert_exact(msgspec.structs.replace(after, generation=2), load(file))
        assert old.statuses() == {200}
        assert newest(old)["generation"] == 1
        assert newest(new)["generation"] == 2
    penchant(local, after, "generation", "diff", "1", "2")
    for running in (first, job_id(local, f"{after.store_keyspace}-2")):
        job.cancel(local, running)


def days_left(settings: JobSettings) -> set[tuple[str, int]]:
    """Each user of a generation, and the whole days for which each of the user's rows is still kept."""
    store = Store.open(settings)
    try:
        rows = store.execute("SELECT user_id, generation, TTL(events) FROM deltas")
    finally:
        store.close()
    return {(user, seconds // 86_400) for user, generation, seconds in rows if generation == settings.generation}


def changed(directory: Path, said: str, instead: str) -> Path:
    """The catalogue with one thing said otherwise."""
    assert CATALOGUE.count(said) == 1
    file = directory / "changed.toml"
    file.write_text(CATALOGUE.replace(said, instead))
    return file


def shorter(directory: Path) -> Path:
    """The catalogue as it was before its last dimension."""
    file = directory / "shorter.toml"
    file.write_text(CATALOGUE.rpartition("[[dimension]]")[0])
    return file


@contextmanager
def asked(settings: JobSettings, ready: int = 200) -> Iterator[Caller]:
    """A caller who asks an API with these settings, and has been answered."""
    with api(settings, ready=ready, PENCHANT_STORE_TIMEOUT_MS="10000") as place, Caller(place, USERS) as caller:
        until(lambda: len(caller.answers) > len(USERS))
        yield caller


def newest(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(caller.answers[-1].body)
    return found
