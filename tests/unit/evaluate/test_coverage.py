"""Coverage and calibration: honest intervals pass, those that are too narrow or too wide do not."""

import numpy as np
import pytest

from flink_job.evaluate import calibration, coverage
from flink_job.evaluate.coverage import Held, buckets
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.occasions import Occasions
from flink_job.evaluate.report import covered


def _held(width: float) -> Held:
    """Shares drawn from a standard normal around the mean of intervals of so many standard deviations."""
    rng = np.random.default_rng(7)
    users = np.arange(4_000)
    mean = np.full(len(users), 0.2)
    drawn = mean + 0.05 * rng.normal(size=len(users))
    reach = np.full(len(users), 0.05 * width)
    return Held(users, mean, np.full(len(users), 30.0), mean - reach, mean + reach, drawn)


def test_honest_intervals_are_called_covered() -> None:
    (bucket,) = buckets(_held(1.645), by_share=True)
    assert covered(bucket)
    assert bucket.covered.mean == pytest.approx(0.9, abs=3 * bucket.covered.error)


@pytest.mark.parametrize("width", [1.2, 2.4])
def test_intervals_that_are_too_narrow_or_too_wide_are_not_called_covered(width: float) -> None:
    (bucket,) = buckets(_held(width), by_share=True)
    assert bucket.judged
    assert not covered(bucket)


def test_few_users_are_shown_and_not_judged() -> None:
    few = _held(1.2).pick(np.arange(4_000) < coverage.ENOUGH_USERS - 1)
    (bucket,) = buckets(few, by_share=True)
    assert not bucket.judged


def test_predictions_that_are_right_have_a_flat_histogram(ground: Ground, test_period: Occasions) -> None:
    counts = test_period.follows.toarray().sum(axis=0)
    marginal = np.broadcast_to(counts / ground.space.sums(counts)[ground.space.owner], test_period.follows.shape)
    everyone = test_period._replace(user=np.zeros_like(test_period.user))
    for one in calibration.quantiles(marginal, everyone, ground.space):
        assert sum(one.cells) == pytest.approx(1.0)
        assert one.deviation < 1e-6


def test_predictions_that_are_too_narrow_have_a_hollow_histogram(ground: Ground, test_period: Occasions) -> None:
    counts = test_period.follows.toarray().sum(axis=0)
    narrow = counts**4
    chances = np.broadcast_to(narrow / ground.space.sums(narrow)[ground.space.owner], test_period.follows.shape)
    found = {one.dimension: one for one in calibration.quantiles(chances, test_period, ground.space)}
    assert found["length"].cells[0] + found["length"].cells[-1] > 0.3
    assert found["length"].inside < 0.8
