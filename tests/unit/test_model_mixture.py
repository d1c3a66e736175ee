"""The mixture: one normal or several modes, whichever predicted better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import GARAGE

from udfs.catalogues.dimension import Bins, Dimension, StatedPrior
from udfs.model.evidence import Mass, NumericEvidence
from udfs.model.grid import grid
from udfs.model.mixture import Mixture, Seen, seen
from udfs.model.normal_gamma import Moments, NormalGamma
from udfs.model.priors import NumericPrior, stated

NUMERIC = [GARAGE.by_name["price"], GARAGE.by_name["mileage"]]
GRID = grid(NUMERIC)
MIDDLES = np.array([8.1, 100_000.0])
SPREADS = np.array([1.0, 40_000.0])
NOTHING = Seen(Moments(np.zeros(2), np.zeros(2), np.zeros(2)), np.zeros(39))
LEVELS = st.floats(0.001, 0.999)


def belief(chance: float = 0.5) -> Mixture:
    normal = NormalGamma(MIDDLES, np.full(2, 2.0), np.full(2, 2.0), SPREADS**2 / 2)
    return Mixture(GRID, normal, np.full(39, 0.3), np.full(2, chance))


def looked_at(values: list[float], place: int = 1) -> Seen:
    """Values on the axis of one dimension, as the fold and the evidence would tell them."""
    dimension, numbers = NUMERIC[place], np.array(values)
    bins: dict[int, float] = {}
    for value in values:
        index = dimension.bin(round(value * dimension.scale), dimension.edges())
        bins[index] = bins.get(index, 0.0) + 1.0
    m2 = float(((numbers - numbers.mean()) ** 2).sum())
    own = NumericEvidence(Mass(len(values), len(values)), float(numbers.mean()), m2, bins)
    return seen(GRID, [own if i == place else NumericEvidence() for i in range(2)])


MILEAGES = st.lists(st.floats(0.0, 155_000.0), min_size=1, max_size=30)


def test_without_evidence_the_posterior_is_the_prior_to_the_bit() -> None:
    found = belief(0.3).update(NOTHING)
    assert np.array_equal(found.masses, belief(0.3).masses)
    assert np.array_equal(found.chance, belief(0.3).chance)
    assert np.array_equal(np.array(found.normal), np.array(belief().normal))


@given(MILEAGES, st.floats(0.0, 1.0))
def test_the_bins_of_each_dimension_hold_everything(values: list[float], chance: float) -> None:
    found = belief(chance).update(looked_at(values))
    assert GRID.sums(found.probabilities) == pytest.approx([1.0, 1.0], abs=1e-9)


@given(MILEAGES)
def test_evidence_of_one_dimension_teaches_nothing_of_another(values: list[float]) -> None:
    found, before = belief().update(looked_at(values)), belief()
    assert found.chance[0] == before.chance[0]
    assert np.array_equal(found.probabilities[:8], before.probabilities[:8])


@given(MILEAGES, LEVELS, st.sampled_from([0.0, 0.2, 0.9, 1.0]))
def test_a_quantile_has_its_probability_below_it(values: list[float], level: float, chance: float) -> None:
    found = belief(chance).update(looked_at(values))
    for place, quantile in enumerate(found.quantiles([level])[0].tolist()):
        assert _below(found, place, quantile) == pytest.approx(level, abs=1e-9)


@pytest.mark.parametrize("count", range(2, 41, 2))
@pytest.mark.parametrize("spread", [0.83, 1.67, 2.5, 3.1])
def test_the_median_of_a_belief_that_lies_even_about_an_edge_is_that_edge(count: int, spread: float) -> None:
    """The end of one bin and the start of the next are the same number, but for rounding."""
    even = Dimension("even", "numeric", "even", bins=Bins(0.0, 10.0, count), prior=StatedPrior(5.0, spread))
    found = stated(even)
    assert isinstance(found, NumericPrior)
    normal = NormalGamma(*(np.array([one]) for one in (found.mean, found.kappa, found.alpha, found.beta)))
    about = Mixture(grid([even]), normal, np.array(found.masses), np.array([found.chance]))
    assert about.quantiles([0.5])[0] == pytest.approx([5.0], abs=1e-9)


@given(LEVELS)
def test_where_the_bins_say_nothing_quantiles_are_those_of_a_student_t(level: float) -> None:
    normal = belief().normal
    oracle = stats.t(*normal.predictive).ppf(level)
    assert belief(0.0).quantiles([level])[0] == pytest.approx(oracle, rel=1e-9)


def test_the_chance_of_the_bins_follows_from_both_marginal_likelihoods() -> None:
    values = [20_000.0, 21_000.0, 140_000.0, 141_000.0]
    found = belief(0.4).update(looked_at(values))
    width = float(GRID.widths[1])
    # Values one by one: each predicted by what was learned from those before, within bins on both sides.
    bins, normal = np.full(31, 0.3), NormalGamma(100_000.0, 2.0, 2.0, 40_000.0**2 / 2)
    log_bins = 0.0
    for value in values:
        index = int(value // width)
        log_bins += float(np.log(bins[index] / bins.sum() / width))
        bins[index] += 1.0
    moments = Moments(4.0, np.mean(values), np.var(values) * 4 + 4 * width**2 / 12)
    log_normal = float(normal.log_marginal(moments))
    odds = 0.4 / 0.6 * np.exp(log_bins - log_normal)
    assert found.chance[1] == pytest.approx(odds / (1 + odds), rel=1e-9)


def test_the_marginal_likelihood_is_that_of_values_one_by_one() -> None:
    prior, values = NormalGamma(3.0, 2.0, 2.5, 5.0), [4.0, 5.0, 9.0]
    one_by_one, learned = 0.0, prior
    for value in values:
        one_by_one += float(learned.predictive.log_density(value))
        learned = learned.update(Moments(1.0, value, 0.0))
    at_once = prior.log_marginal(Moments(3.0, np.mean(values), np.var(values) * 3))
    assert float(at_once) == pytest.approx(one_by_one, rel=1e-12)


def test_two_kinds_of_cars_are_two_modes_and_one_kind_is_one() -> None:
    city, camper = [5_000.0 + 100 * i for i in range(12)], [120_000.0 + 100 * i for i in range(12)]
    assert belief().update(looked_at(city + camper)).multimodal.tolist() == [False, True]
    spread_out = stats.norm(70_000, 12_000).ppf((np.arange(24) + 0.5) / 24).tolist()
    assert belief().update(looked_at(spread_out)).multimodal.tolist() == [False, False]
    assert belief().multimodal.tolist() == [False, False]


def test_values_without_any_variance_are_no_reason_to_prefer_the_normal() -> None:
    """A thousand times 150,000 km: a normal that shrinks to a point would claim to have known it exactly."""
    found = belief().update(looked_at([150_000.0] * 1_000))
    assert np.all(np.isfinite(found.probabilities))
    assert found.probabilities[-1] > 0.9
    assert np.all(np.isfinite(found.quantiles([0.05, 0.95])))


def test_the_variance_of_a_log_density_is_that_of_draws() -> None:
    rng, prior, value = np.random.default_rng(1), NormalGamma(3.0, 4.0, 6.0, 5.0), 4.2
    precision = rng.gamma(prior.alpha, 1 / prior.beta, 200_000)
    mean = rng.normal(prior.mean, 1 / np.sqrt(prior.kappa * precision))
    draws = stats.norm(mean, 1 / np.sqrt(precision)).logpdf(value)
    assert float(prior.log_density_variance(value)) == pytest.approx(draws.var(), rel=0.02)


def test_a_question_without_numeric_dimensions_has_an_empty_grid() -> None:
    empty = grid([])
    nothing = np.zeros(0)
    found = Mixture(empty, NormalGamma(nothing, nothing, nothing, nothing), nothing, nothing).update(seen(empty, []))
    assert (len(found.probabilities), found.quantiles([0.5]).shape, len(found.multimodal)) == (0, (1, 0), 0)


def _below(found: Mixture, place: int, value: float) -> float:
    """Probability below a value, by integrating the densities of both descriptions."""
    own = GRID.owner == place
    shares, lows, highs = found.shares[own], GRID.lows[own], GRID.highs[own]
    by_bins = float((shares * np.clip((value - lows) / (highs - lows), 0.0, 1.0)).sum())
    by_normal = stats.t(*found.normal.pick(np.array([place])).predictive).cdf(value)
    chance = found.chance[place]
    return float(chance * by_bins + (1 - chance) * by_normal[0])
