"""Normal-gamma: means, ranges and densities are those of scipy's Student's t."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from udfs.catalogues.catalogue import load
from udfs.model import evidence, priors
from udfs.model.cells import NumericSum
from udfs.model.normal_gamma import Moments, NormalGamma
from udfs.model.priors import NumericPrior

PRIOR = NormalGamma(mean=3.0, kappa=2.0, alpha=2.0, beta=5.0)
POSITIVE = st.floats(1e-2, 1e4)
BELIEFS = st.builds(NormalGamma, mean=st.floats(-1e9, 1e9), kappa=POSITIVE, alpha=st.floats(0.5, 1e4), beta=POSITIVE)


def observed(values: list[int]) -> Moments:
    row: NumericSum = (len(values), sum(values), sum(value * value for value in values), {})
    found = evidence.numeric([(1.0, [row])], (1.0,), 1.0)
    return Moments(found.mass.n_eff, found.mean, found.effective_m2)


def test_without_evidence_the_posterior_is_the_prior() -> None:
    assert PRIOR.update(Moments(0.0, 0.0, 0.0)) == PRIOR


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=20))
def test_values_one_by_one_teach_as_much_as_values_at_once(values: list[int]) -> None:
    at_once, one_by_one = PRIOR.update(observed(values)), PRIOR
    for value in values:
        one_by_one = one_by_one.update(observed([value]))
    for name in ("mean", "kappa", "alpha", "beta"):
        assert getattr(at_once, name) == pytest.approx(getattr(one_by_one, name), rel=1e-9, abs=1e-9)


@given(BELIEFS, st.floats(0.5, 0.999))
def test_both_ranges_are_those_of_scipys_student_t(belief: NormalGamma, level: float) -> None:
    scale = math.sqrt(belief.beta / (belief.alpha * belief.kappa))
    mean = stats.t(2 * belief.alpha, belief.mean, scale)
    single = stats.t(2 * belief.alpha, belief.mean, scale * math.sqrt(belief.kappa + 1))
    assert belief.of_mean.interval(level) == pytest.approx(mean.interval(level), rel=1e-9, abs=1e-9)
    assert belief.predictive.interval(level) == pytest.approx(single.interval(level), rel=1e-9, abs=1e-9)


@given(BELIEFS, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_the_predictive_density_is_scipys(belief: NormalGamma, values: list[float]) -> None:
    scale = math.sqrt(belief.beta * (belief.kappa + 1) / (belief.alpha * belief.kappa))
    oracle = stats.t(2 * belief.alpha, belief.mean, scale).logpdf(values)
    np.testing.assert_allclose(belief.predictive.log_density(np.array(values)), oracle, rtol=1e-9, atol=1e-9)


def test_the_predictive_variance_is_scipys() -> None:
    oracle = stats.t(*PRIOR.predictive)
    assert float(PRIOR.predictive.variance) == pytest.approx(oracle.var(), rel=1e-9)


def test_two_degrees_of_freedom_have_no_variance() -> None:
    assert NormalGamma(0.0, 1.0, 1.0, 1.0).predictive.variance == math.inf


def test_the_posterior_is_that_of_a_brute_force_integration() -> None:
    values = [4, 5, 9]
    means, precisions = np.meshgrid(np.linspace(-40, 50, 1201), np.geomspace(1e-3, 10, 401))
    log_joint = (
        stats.gamma(PRIOR.alpha, scale=1 / PRIOR.beta).logpdf(precisions)
        + stats.norm(PRIOR.mean, 1 / np.sqrt(PRIOR.kappa * precisions)).logpdf(means)
        + sum(stats.norm(means, 1 / np.sqrt(precisions)).logpdf(value) for value in values)
    )
    weights = np.exp(log_joint - log_joint.max()) * precisions
    found = PRIOR.update(observed(values))
    assert np.average(means, weights=weights) == pytest.approx(found.mean, rel=1e-4)
    assert np.average(precisions, weights=weights) == pytest.approx(found.alpha / found.beta, rel=1e-3)


def test_much_evidence_moves_the_belief_to_the_data() -> None:
    found = PRIOR.update(observed([90, 110] * 50_000))
    assert found.mean == pytest.approx(100, rel=1e-2)
    assert found.predictive.variance == pytest.approx(100, rel=1e-2)


def test_values_without_any_variance_still_leave_doubt() -> None:
    low, high = PRIOR.update(observed([7] * 1_000)).predictive.interval(0.9)
    assert low < 7 < high


def test_values_of_a_milliard_are_believed_as_well_as_small_ones() -> None:
    far = NormalGamma(1e9 + 3.0, 2.0, 2.0, 5.0).update(observed([10**9 + 4, 10**9 + 5, 10**9 + 9]))
    near = PRIOR.update(observed([4, 5, 9]))
    assert far.beta == pytest.approx(near.beta, rel=1e-9)


@pytest.mark.parametrize("name", ["cars", "films"])
def test_the_catalogues_prior_predicts_its_stated_middle_and_spread(name: str) -> None:
    catalogue = load(name)
    for dimension in catalogue.by_name.values():
        if dimension.prior is not None:
            found = priors.from_catalogue(catalogue).population[dimension.name]
            assert isinstance(found, NumericPrior)
            belief = found.normal
            assert dimension.original(found.mean) == pytest.approx(dimension.prior.typical, rel=1e-12)
            spread = dimension.original(math.sqrt(float(belief.predictive.variance)))
            assert spread == pytest.approx(dimension.prior.spread, rel=1e-12)
