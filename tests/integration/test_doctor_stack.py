"""`penchant doctor` on a real stack: all is well where it is, and each thing that was broken is named with its mend."""

import time

import pytest
from running import DISORDER, assert_exact, own_job, prepare, produce, running, traffic

from cql.store import Store
from flink_job.doctor.doctor import examine
from flink_job.doctor.finding import Finding
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load

CARS = load("cars")


def findings(settings: JobSettings, flink_url: str = "") -> list[Finding]:
    return list(examine(settings, CARS, flink_url, "", lambda: time.time_ns() // 1_000_000))


def mends(found: list[Finding]) -> str:
    return "\n".join(one.mend for one in found if one.mend)


def test_a_working_deployment_needs_no_mend(local: StackSettings) -> None:
    settings = own_job(local, "well")
    prepare(local, settings, CARS)
    with running(local, settings):
        produce(settings, traffic(CARS, DISORDER, 300))
        assert_exact(settings, CARS)
        found = findings(settings, local.flink_url)
    assert mends(found) == ""
    assert {one.part for one in found} == {"log", "store", "flink"}


def test_what_is_missing_is_named_with_its_mend(local: StackSettings) -> None:
    settings = own_job(local, "unwell")
    assert mends(findings(settings)).count("or mend PENCHANT_KAFKA_BOOTSTRAP") == 1
    assert mends(findings(settings)).count("run `penchant migrate`") == 1
    prepare(local, settings, CARS)
    assert mends(findings(settings)) == "start the job and give it half a minute; after that see its log"


@pytest.mark.parametrize(
    ("name", "statement", "mend"),
    [
        ("lacking", "ALTER TABLE deltas DROP d_make", "run `penchant migrate`"),
        ("foreign", "INSERT INTO dimensions (generation, name, version) VALUES (1, 'make', 'x')", "a new generation"),
    ],
)
def test_a_store_of_another_build_is_named_with_its_mend(
    local: StackSettings, name: str, statement: str, mend: str
) -> None:
    settings = own_job(local, name)
    prepare(local, settings, CARS)
    store = Store.open(settings)
    store.execute(statement)
    store.close()
    assert mend in mends(findings(settings))
