"""Dirichlet: shares are prior mass plus counts, and something stays for the unseen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from udfs.model import dirichlet, evidence
from udfs.model.dirichlet import CAUTION, DirichletPrior, Share, intervals
from udfs.model.evidence import CategoricalEvidence

PRIOR = DirichletPrior(10.0)
KNOWN = DirichletPrior(10.0, {"red": 0.5, "blue": 0.3})
COUNTS = st.dictionaries(st.text(max_size=3), st.integers(1, 10**9), max_size=60)


def seen(counts: dict[str, int], weight: float = 1.0) -> CategoricalEvidence:
    return evidence.categorical([(weight, [counts])], (1.0,))


@pytest.mark.parametrize("prior", [PRIOR, KNOWN])
def test_without_evidence_the_posterior_is_the_prior(prior: DirichletPrior) -> None:
    found = dirichlet.posterior(prior, CategoricalEvidence())
    assert found.share("red").mass == found.prior_mass("red")
    assert found.concentration == prior.concentration
    assert [found.log_lift(category) for category in ("red", "blue", "never seen")] == [0.0, 0.0, 0.0]


@given(COUNTS, st.integers(1, 100), st.sampled_from([PRIOR, KNOWN]))
def test_named_shares_and_the_rest_are_one(counts: dict[str, int], k: int, prior: DirichletPrior) -> None:
    named, other = dirichlet.posterior(prior, seen(counts)).top(k)
    assert math.fsum([other.mean, *(share.mean for _, share in named)]) == pytest.approx(1.0, abs=1e-9)
    assert other.mean > 0.0


@given(st.integers(1, 5_000))
def test_however_many_categories_were_seen_mass_stays_for_the_unseen(categories: int) -> None:
    found = dirichlet.posterior(PRIOR, seen({str(i): 1 for i in range(categories)}))
    assert found.share("never seen").mean > 0.0
    assert found.top(categories)[1].mass >= 0.5 * PRIOR.concentration * PRIOR.reserve - 1e-9


def test_the_posterior_mean_is_prior_mass_plus_counts() -> None:
    found = dirichlet.posterior(KNOWN, seen({"red": 3, "green": 1}))
    assert found.share("red").mean == pytest.approx((5.0 + 3.0) / 14.0, rel=1e-15)
    assert found.share("blue").mean == pytest.approx(3.0 / 14.0, rel=1e-15)
    assert found.share("green").mean == pytest.approx((2.0 / 20.0 + 1.0) / 14.0, rel=1e-15)


def test_an_ordinary_category_named_other_is_not_the_rest() -> None:
    named, _ = dirichlet.posterior(PRIOR, seen({"other": 5})).top(1)
    assert named[0][0] == "other"


def test_categories_come_by_share_and_then_by_name() -> None:
    named, _ = dirichlet.posterior(PRIOR, seen({"c": 2, "b": 1, "a": 1, "d": 1})).top(3)
    assert [category for category, _ in named] == ["c", "a", "b"]


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), st.floats(0.5, 0.999))
def test_variance_and_interval_of_a_share_are_those_of_its_beta_with_caution(
    mass: float, rest: float, level: float
) -> None:
    share, oracle = Share(mass, rest), stats.beta(mass / CAUTION, rest / CAUTION)
    assert share.mean == pytest.approx(oracle.mean(), rel=1e-9)
    assert share.variance == pytest.approx(oracle.var(), rel=1e-9)
    low, high = intervals([share], level)[0]
    # Ends are compared as quantiles and as probabilities: near 0 and 1 a quantile has no digits to lose.
    assert (low, high) == pytest.approx(oracle.interval(level), rel=1e-9, abs=1e-12)


def test_without_evidence_all_others_have_everything_for_certain() -> None:
    named, other = dirichlet.posterior(PRIOR, CategoricalEvidence()).top(5)
    assert (named, other.mean, other.variance, intervals([other], 0.9)) == ([], 1.0, 0.0, [(1.0, 1.0)])


def test_much_evidence_moves_the_share_to_the_data_and_narrows_its_interval() -> None:
    few, many = (dirichlet.posterior(PRIOR, seen({"red": 7 * n, "blue": 3 * n})) for n in (1, 10_000))
    (low_few, high_few), (low, high) = intervals([few.share("red"), many.share("red")], 0.9)
    assert many.share("red").mean == pytest.approx(0.7, abs=1e-3)
    assert high - low < (high_few - low_few) / 20


@given(st.floats(1e-12, 1.0))
def test_a_weight_that_all_evidence_shares_changes_no_belief(weight: float) -> None:
    weighted = dirichlet.posterior(PRIOR, seen({"red": 3, "blue": 1}, weight))
    assert weighted.share("red") == pytest.approx(
        dirichlet.posterior(PRIOR, seen({"red": 3, "blue": 1})).share("red"), rel=1e-12
    )


def test_lift_is_the_log_of_posterior_over_prior_probability() -> None:
    found = dirichlet.posterior(KNOWN, seen({"red": 10}))
    assert found.log_lift("red") == pytest.approx(math.log((15.0 / 20.0) / 0.5), rel=1e-12)
    assert found.log_lift("blue") == pytest.approx(math.log((3.0 / 20.0) / 0.3), rel=1e-12)
    assert found.log_lift("never seen") == pytest.approx(math.log(10.0 / 20.0), rel=1e-12)
