import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.model import evidence
from udfs.model.evidence import CategoricalEvidence, Mass, NumericEvidence

WEIGHTS = st.floats(1e-6, 1e3)
CATEGORIES = st.sampled_from("abcd")


@st.composite
def categorical(draw: st.DrawFn) -> CategoricalEvidence:
    sums = draw(st.lists(st.dictionaries(CATEGORIES, st.integers(1, 50)), max_size=3))
    return evidence.categorical([(draw(st.floats(1e-12, 1)), sums)], (1.0, 3.0, 5.0))


@st.composite
def numeric(draw: st.DrawFn) -> NumericEvidence:
    values = draw(st.lists(st.integers(-(10**9), 10**9), max_size=8))
    return observed(values, draw(st.floats(1e-3, 1)))


def observed(values: list[int], weight: float = 1.0) -> NumericEvidence:
    row = (len(values), sum(values), sum(value * value for value in values), {0: len(values)})
    return evidence.numeric([(weight, [row])], (1.0,), 1.0)


def assert_close(a: CategoricalEvidence | NumericEvidence, b: CategoricalEvidence | NumericEvidence) -> None:
    assert a.mass == pytest.approx(b.mass, rel=1e-9)
    if isinstance(a, CategoricalEvidence) and isinstance(b, CategoricalEvidence):
        assert a.counts == pytest.approx(b.counts, rel=1e-9)
    elif isinstance(a, NumericEvidence) and isinstance(b, NumericEvidence):
        assert a.mean == pytest.approx(b.mean, rel=1e-9, abs=1e-3)
        assert a.m2 == pytest.approx(b.m2, rel=1e-6, abs=1e-3)
        assert a.bins == pytest.approx(b.bins, rel=1e-9)


@given(categorical())
def test_empty_counts_change_nothing(one: CategoricalEvidence) -> None:
    assert one.merge(CategoricalEvidence()) == one
    assert CategoricalEvidence().merge(one) == one


@given(numeric())
def test_empty_moments_change_nothing(one: NumericEvidence) -> None:
    assert one.merge(NumericEvidence()) == one
    assert_close(NumericEvidence().merge(one), one)


@given(categorical(), categorical(), categorical())
def test_counts_merge_in_any_order_and_grouping(
    a: CategoricalEvidence, b: CategoricalEvidence, c: CategoricalEvidence
) -> None:
    assert_close(a.merge(b), b.merge(a))
    assert_close(a.merge(b).merge(c), a.merge(b.merge(c)))


@given(numeric(), numeric(), numeric())
def test_moments_merge_in_any_order_and_grouping(a: NumericEvidence, b: NumericEvidence, c: NumericEvidence) -> None:
    assert_close(a.merge(b), b.merge(a))
    assert_close(a.merge(b).merge(c), a.merge(b.merge(c)))


@given(categorical(), categorical(), WEIGHTS)
def test_scaling_counts_is_linear(a: CategoricalEvidence, b: CategoricalEvidence, times: float) -> None:
    assert_close(a.merge(b).scale(times), a.scale(times).merge(b.scale(times)))


@given(numeric(), numeric(), WEIGHTS)
def test_scaling_moments_is_linear(a: NumericEvidence, b: NumericEvidence, times: float) -> None:
    assert_close(a.merge(b).scale(times), a.scale(times).merge(b.scale(times)))


@given(categorical(), numeric())
def test_evidence_scaled_by_nothing_is_no_evidence(a: CategoricalEvidence, b: NumericEvidence) -> None:
    assert a.scale(0) == CategoricalEvidence()
    assert b.scale(0) == NumericEvidence()


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


def test_weighted_deviations_are_taken_around_the_weighted_mean() -> None:
    found = observed([10, 20], weight=0.25).merge(observed([40]))
    values, weights = [10, 20, 40], [0.25, 0.25, 1.0]
    mean = math.fsum(map(float.__mul__, weights, map(float, values))) / sum(weights)
    assert found.mean == pytest.approx(mean, rel=1e-12)
    assert found.m2 == pytest.approx(sum(w * (v - mean) ** 2 for v, w in zip(values, weights, strict=True)), rel=1e-12)


def test_the_scale_gives_the_unit_back() -> None:
    found = evidence.numeric([(1.0, [(2, 30, 500, {})])], (1.0,), 10.0)
    assert (found.mean, found.m2) == (1.5, 0.5)
