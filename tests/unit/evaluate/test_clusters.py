"""Users as clusters: errors and intervals know that what one user does is related."""

import numpy as np
import pytest

from flink_job.evaluate.clusters import clustered, over_users, paired


def test_the_bootstrap_interval_of_equal_methods_holds_zero() -> None:
    rng = np.random.default_rng(4)
    score = rng.normal(size=400)
    equal = paired(score, score, rng)
    assert (equal.mean, equal.low, equal.high) == (0.0, 0.0, 0.0)
    noisy = paired(score, score + rng.normal(size=400), rng)
    assert noisy.low < 0.0 < noisy.high
    assert not noisy.is_clear


def test_a_better_method_is_clear() -> None:
    rng = np.random.default_rng(5)
    score = rng.normal(size=400)
    assert paired(score + 0.5 + 0.5 * rng.normal(size=400), score, rng).is_clear


def test_errors_are_larger_when_what_a_user_does_is_related() -> None:
    rng = np.random.default_rng(6)
    users = np.repeat(np.arange(100), 20)
    related = rng.normal(size=100)[users]
    alone = clustered(related, np.arange(len(related)))
    assert clustered(related, users).error > 3.0 * alone.error
    assert alone.error == pytest.approx(related.std() / np.sqrt(len(related)))


def test_users_without_a_value_do_not_count() -> None:
    assert over_users(np.array([1.0, np.nan, 3.0])).mean == 2.0
