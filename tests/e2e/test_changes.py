"""The catalogue changes while the service runs, step by step as the README says: nobody gets an error meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from again import from_log, job_of, penchant, silent
from asking import Caller, api
from running import DISORDER, assert_exact, own_job, prepare, produce, submit, traffic, until
from trial import CARS

from flink_job.local import job, reprocess
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import StoreRefused

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


@pytest.mark.parametrize(
    ("name", "said", "instead"),
    [
        ("elsewhere", 'time_zone = "UTC"', 'time_zone = "America/Lima"'),
        ("finer", "high = 6000.0, count = 32", "high = 6000.0, count = 64"),
    ],
)
def test_a_change_of_what_is_counted_is_refused_within_the_generation(
    local: StackSettings, tmp_path: Path, name: str, said: str, instead: str
) -> None:
    assert CATALOGUE.count(said) == 1
    settings = own_job(local, f"changed_{name}")
    prepare(local, settings, CARS)
    job.cancel(local, submit(local, settings, parallelism=1))
    file = tmp_path / "changed.toml"
    file.write_text(CATALOGUE.replace(said, instead))
    with pytest.raises(StoreRefused, match=r"holds dimension .* in version .*write into a new generation"):
        submit(local, msgspec.structs.replace(settings, catalogue=str(file)), parallelism=1)


def shorter(directory: Path) -> Path:
    """The catalogue as it was before its last dimension."""
    file = directory / "shorter.toml"
    file.write_text(CATALOGUE.rpartition("[[dimension]]")[0])
    return file


@contextmanager
def asked(settings: JobSettings) -> Iterator[Caller]:
    """A caller who asks an API with these settings, and has been answered."""
    with api(settings, PENCHANT_STORE_TIMEOUT_MS="10000") as place, Caller(place, USERS) as caller:
        until(lambda: len(caller.answers) > len(USERS))
        yield caller


def newest(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(caller.answers[-1].body)
    return found
