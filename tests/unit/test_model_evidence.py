"""Evidence: equal weights are worth the observations, unequal ones less, and deviations lose nothing in rounding."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.model import evidence
from udfs.model.evidence import Mass, NumericEvidence

WEIGHTS = st.floats(1e-6, 1e3)


def observed(values: list[int]) -> NumericEvidence:
    row = (len(values), sum(values), sum(value * value for value in values), {0: len(values)})
    return evidence.numeric([(1.0, [row])], (1.0,), 1.0)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=4), WEIGHTS)
def test_equal_weights_are_worth_the_number_of_observations(counts: list[int], weight: float) -> None:
    found = evidence.categorical([(weight, [dict(zip("abcd", counts, strict=False))])], (1.0,))
    assert found.mass.n_eff == pytest.approx(sum(counts), rel=1e-12)
    assert sum(found.effective.values()) == pytest.approx(sum(counts), rel=1e-12)


@given(st.lists(WEIGHTS, min_size=1, max_size=20))
def test_unequal_weights_are_worth_less_than_the_observations_and_at_least_one(weights: list[float]) -> None:
    n_eff = Mass(math.fsum(weights), math.fsum(w * w for w in weights)).n_eff
    assert 1.0 - 1e-9 <= n_eff <= len(weights) * (1.0 + 1e-9)


def test_the_effective_size_is_that_of_kish_over_single_observations() -> None:
    # Two views today, one contact today, four views a half-life ago.
    found = evidence.categorical([(0.5, [{"red": 4}]), (1.0, [{"red": 2}, {"blue": 1}])], (1.0, 5.0))
    weights = [0.5] * 4 + [1.0] * 2 + [5.0]
    assert found.mass.n_eff == pytest.approx(sum(weights) ** 2 / sum(w * w for w in weights), rel=1e-15)


def test_a_type_of_weight_zero_is_no_evidence() -> None:
    assert evidence.categorical([(1.0, [{"red": 4}, {"blue": 1}])], (0.0, 1.0)).counts == {"blue": 1.0}


def test_a_type_that_this_catalogue_does_not_know_yet_is_left_out() -> None:
    assert evidence.categorical([(1.0, [{"red": 4}, {"blue": 1}])], (1.0,)).counts == {"red": 4.0}


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=30))
def test_mean_and_squared_deviations_are_those_of_the_values(values: list[int]) -> None:
    found = observed(values)
    assert found.mean == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-3)
    assert found.m2 == pytest.approx(statistics.pvariance(values) * len(values), rel=1e-9, abs=1e-3)


def test_a_small_spread_far_from_zero_is_not_lost_in_rounding() -> None:
    assert observed([10**12, 10**12 + 1, 10**12 + 2]).m2 == pytest.approx(2.0, rel=1e-12)


@given(st.integers(1, 50), st.integers(-(2**40), 2**40))
def test_equal_values_deviate_by_exactly_nothing_however_large_they_are(times: int, value: int) -> None:
    """Floats would have lost this: the squares reach 2^80."""
    assert observed([value] * times).m2 == 0.0


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.floats(1e-3, 1)), min_size=1, max_size=8))
def test_weighted_deviations_are_taken_around_the_weighted_mean(seen: list[tuple[int, float]]) -> None:
    found = evidence.numeric([(weight, [(1, value, value * value, {})]) for value, weight in seen], (1.0,), 1.0)
    values, weights = np.array(seen).T
    mean = np.average(values, weights=weights)
    assert found.mean == pytest.approx(mean, rel=1e-9, abs=1e-6)
    assert found.m2 == pytest.approx((weights * (values - mean) ** 2).sum(), rel=1e-9, abs=1e-3)


def test_the_scale_gives_the_unit_back() -> None:
    found = evidence.numeric([(1.0, [(2, 30, 500, {})])], (1.0,), 10.0)
    assert (found.mean, found.m2) == (1.5, 0.5)
