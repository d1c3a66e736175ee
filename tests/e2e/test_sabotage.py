"""The checker is checked: a build that breaks a promise must turn the suite red."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from last_write import survive_a_last_write_that_fails
from records import ago, event, message
from running import DISORDER, assert_exact, own_job, prepare, produce, recounted, rows, running, totals, traffic
from trial import CARS

from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings

pytestmark = pytest.mark.slow

EVENTS = 1_500
SOBERING = 20
"""Users of whom each has one row that is written several times."""
PAUSE_S = 6.0
"""Three times as long as the state of the forgetful build lives."""


def test_the_same_build_written_anew_is_found_exact(local: StackSettings) -> None:
    with _ran(local, "rewritten") as settings:
        assert_exact(settings, CARS)


@pytest.mark.parametrize("build", ["repeating", "shifted", "timeless", "forgetful"])
def test_a_build_that_counts_or_writes_wrongly_is_found_out(local: StackSettings, build: str) -> None:
    """By both judges."""
    with _ran(local, build) as settings:
        with pytest.raises(AssertionError, match="NOT VERIFIED"):
            assert_exact(settings, CARS)
        assert totals(rows(settings, CARS), CARS) != recounted(settings, CARS)[0]


@pytest.mark.parametrize("build", ["swallowing", "hasty"])
def test_a_build_that_lets_a_checkpoint_pass_an_unwritten_row_is_found_out(local: StackSettings, build: str) -> None:
    with pytest.raises(AssertionError, match=r"NOT VERIFIED|a checkpoint has passed a write"):
        survive_a_last_write_that_fails(local, build, build)


@contextmanager
def _ran(local: StackSettings, build: str) -> Iterator[JobSettings]:
    """A build that has been given events of every kind; it runs until the end."""
    settings = own_job(local, build)
    prepare(local, settings, CARS)
    with running(local, settings, build=build):
        some, at = traffic(CARS, DISORDER, EVENTS), ago(minutes=0)
        for number, kind in enumerate(reversed(CARS.types)):
            # Of two rows with one timestamp the store keeps the larger bytes, here those that were written first, but
            # before that the one that expires later: by a second where one begins on the way to it.
            users = [f"sobering-{one}" for one in range(SOBERING)]
            produce(settings, [message(event(user, number, type=kind.name, occurred_at=at)) for user in users])
            produce(settings, (next(some) for _ in range(EVENTS // len(CARS.types))), rate=500)
            # Time passes: state of no event may expire in it.
            time.sleep(PAUSE_S)
        yield settings
