"""The literal plan, keyed by (user, date, dimension) in Python, is the oracle of the fast one."""

import msgspec
from running import DISORDER, assert_exact, own_job, prepare, produce, rows, running, traffic

from flink_job.local.settings import StackSettings
from udfs.catalogues.catalogue import load

CARS = load("cars")


def test_both_plans_write_the_same_cells_from_the_same_log(local: StackSettings) -> None:
    collected = own_job(local, "plans", rejected_topic="plans.rejected.1")
    keyed = own_job(local, "plans", generation="2", plan="keyed", rejected_topic="plans.rejected.2")
    for settings in (collected, keyed):
        prepare(local, settings, CARS)
    produce(collected, traffic(CARS, msgspec.structs.replace(DISORDER, users=12), 200))
    found = []
    for settings in (collected, keyed):
        with running(local, settings, parallelism=1):
            assert_exact(settings, CARS)
        found.append({row.key: row for row in rows(settings, CARS)})
    assert found[0] == found[1]
    assert len(found[0]) > 10
