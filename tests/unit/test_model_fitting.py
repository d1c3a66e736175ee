"""Planted hyperparameters come back, within an error that is stated where it is asserted."""

from collections import Counter

import numpy as np
import pytest
from strategies import GARAGE

from udfs.model.dirichlet import posterior
from udfs.model.evidence import CategoricalEvidence, Mass, NumericEvidence
from udfs.model.fitting.choices import Choice, fit_coefficients
from udfs.model.fitting.normal import fit_normal_gamma
from udfs.model.fitting.polya import UserCounts, fit_masses, log_likelihood
from udfs.model.fitting.population import FEW, fit
from udfs.model.fitting.vocabulary import SMALLEST_CONCENTRATION, fit_dirichlet
from udfs.model.normal_gamma import Moments
from udfs.model.priors import NumericPrior, from_catalogue

USERS = 3_000
MASSES = np.array([4.0, 2.0, 1.0, 0.5])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def users_of(masses: np.ndarray[tuple[int], np.dtype[np.float64]], rng: np.random.Generator) -> list[dict[str, float]]:
    """Counts of users whose shares come from a Dirichlet, 1 to 40 observations each."""
    shares = rng.dirichlet(masses, USERS)
    counts = [rng.multinomial(n, own) for n, own in zip(rng.integers(1, 41, USERS), shares, strict=True)]
    return [{"abcdefgh"[k]: float(n) for k, n in enumerate(row) if n} for row in counts]


def test_planted_masses_are_recovered_within_a_tenth(rng: np.random.Generator) -> None:
    users = users_of(MASSES, rng)
    entries = [(user, "abcd".index(key), n) for user, own in enumerate(users) for key, n in own.items()]
    columns = np.array(entries, dtype=np.float64).T
    seen = UserCounts(columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2])
    found, report = fit_masses(seen, np.ones(4))
    assert found == pytest.approx(MASSES, rel=0.1)
    assert report.converged
    assert report.gain > 0.0
    # No masses nearby are more likely.
    best = log_likelihood(seen, seen.totals, found)
    for place in range(4):
        for times in (0.99, 1.01):
            other = found.copy()
            other[place] *= times
            assert log_likelihood(seen, seen.totals, other) < best


def test_a_planted_normal_gamma_is_recovered_within_a_tenth(rng: np.random.Generator) -> None:
    """A mean, relative to the spread; the others by their ratio."""
    precision = rng.gamma(3.0, 1 / 2e8, USERS)
    mean = rng.normal(60_000.0, 1 / np.sqrt(0.5 * precision))
    seen = [rng.normal(m, p**-0.5, n) for m, p, n in zip(mean, precision, rng.integers(1, 41, USERS), strict=True)]
    moments = np.array([(len(own), own.mean(), own.var() * len(own)) for own in seen]).T
    found, report = fit_normal_gamma(Moments(*moments))
    assert report.converged
    assert found.mean == pytest.approx(60_000.0, abs=1_000.0)
    assert (found.kappa, found.alpha, found.beta) == pytest.approx((0.5, 3.0, 2e8), rel=0.1)


def test_what_hardly_anybody_looks_at_is_the_reserve(rng: np.random.Generator) -> None:
    users = users_of(MASSES, rng)
    # Every twentieth user has looked once at something of their own.
    for user in range(0, USERS, 20):
        users[user][f"rare {user}"] = 1.0
    prior, _ = fit_dirichlet(users)
    assert set(prior.shares) == {"a", "b", "c", "d"}
    assert prior.reserved_for == USERS // 20
    observed = Counter[str]()
    for own in users:
        observed.update({key: int(n) for key, n in own.items()})
    # Users who have looked at little weigh more in a prior than in a sum, so only the order of size is the same.
    assert 1 / 3 < prior.reserve / ((USERS / 20) / observed.total()) < 3


def test_planted_coefficients_are_recovered_within_a_tenth(rng: np.random.Generator) -> None:
    planted = np.array([1.0, 0.4, 0.0])
    choices = []
    for _ in range(6_000):
        lifts = rng.normal(size=(12, 3))
        choices.append(Choice(lifts, int(np.argmax(lifts @ planted + rng.gumbel(size=12)))))
    found, report = fit_coefficients(choices)
    assert report.converged
    assert found == pytest.approx(planted, abs=0.1)
    assert np.all(found >= 0.0)


def test_two_dimensions_that_say_the_same_share_one_coefficient(rng: np.random.Generator) -> None:
    choices = []
    for _ in range(3_000):
        lifts = np.repeat(rng.normal(size=(12, 1)), 2, axis=1)
        choices.append(Choice(lifts, int(np.argmax(lifts[:, 0] + rng.gumbel(size=12)))))
    found, _ = fit_coefficients(choices)
    assert found.sum() == pytest.approx(1.0, abs=0.1)


def test_few_users_do_not_make_a_prior() -> None:
    found = fit(GARAGE, [_user(1.0)] * (FEW - 1))
    assert found.population == from_catalogue(GARAGE).population
    assert found.inventory == found.reports == {}


def test_an_inventory_prior_is_as_strong_as_that_of_the_population_and_centred_on_what_is_on_offer() -> None:
    offered = [{"make": "audi", "mileage": 30_000}, {"make": "lada", "mileage": 50_000}] * 50
    found = fit(GARAGE, [_user(70_000.0 + 1_000 * i) for i in range(50)], offered)
    make, mileage = found.inventory["make"], found.inventory["mileage"]
    assert make.concentration == found.population["make"].concentration  # type: ignore[union-attr]
    assert make.shares["audi"] == pytest.approx(make.shares["lada"])  # type: ignore[union-attr]
    assert isinstance(mileage, NumericPrior)
    assert mileage.mean == pytest.approx(40_000.0)
    before = found.population["mileage"]
    assert isinstance(before, NumericPrior)
    assert sum(mileage.masses) == pytest.approx(sum(before.masses))
    assert (mileage.kappa, mileage.chance) == (before.kappa, before.chance)


def _user(mileage: float) -> dict[str, CategoricalEvidence | NumericEvidence]:
    mass = Mass(2.0, 2.0)
    return {
        "make": CategoricalEvidence(mass, {"audi": 2.0}),
        "price": NumericEvidence(mass, 8.0, 0.1, {4: 2.0}),
        "mileage": NumericEvidence(mass, mileage, 1e6, {int(mileage // 5_000): 2.0}),
    }


def test_what_the_population_says_nothing_of_is_known_by_what_is_on_offer() -> None:
    found = fit(GARAGE, [], [{"make": "audi", "mileage": 30_000}])
    assert found.inventory["make"].shares == {"audi": 0.5}  # type: ignore[union-attr]


def test_one_item_far_outside_of_the_bins_changes_no_inventory_prior() -> None:
    users = [_user(70_000.0 + 1_000 * i) for i in range(50)]
    usual = [{"mileage": 30_000 + 40 * i} for i in range(1_000)]
    plain, odd = (fit(GARAGE, users, items).inventory["mileage"] for items in (usual, [*usual, {"mileage": 2**40}]))
    assert isinstance(plain, NumericPrior)
    assert isinstance(odd, NumericPrior)
    assert odd.mean == pytest.approx(plain.mean, rel=0.01)
    assert odd.beta == pytest.approx(plain.beta, rel=0.2)


def test_a_single_item_on_offer_is_no_certainty() -> None:
    """A value is known to its bin, 5,000 wide here."""
    found = fit(GARAGE, [_user(70_000.0 + 1_000 * i) for i in range(50)], [{"mileage": 50_000}])
    one, before = found.inventory["mileage"], found.population["mileage"]
    assert isinstance(one, NumericPrior)
    assert isinstance(before, NumericPrior)
    assert 1e-4 < one.beta / before.beta < 0.1


def test_one_user_with_an_absurd_number_changes_nobodys_prior() -> None:
    users = [_user(70_000.0 + 1_000 * i) for i in range(50)]
    odd = [*users, _user(70_000.0) | {"mileage": NumericEvidence(Mass(1.0, 1.0), 1e12, 0.0, {30: 1.0})}]
    assert fit(GARAGE, odd).population["mileage"] == fit(GARAGE, users).population["mileage"]


def test_where_all_users_keep_to_one_category_a_single_look_is_not_certainty() -> None:
    users = [{"abcde"[user % 5]: 10.0} for user in range(1_000)]
    prior, _ = fit_dirichlet(users)
    assert prior.concentration == SMALLEST_CONCENTRATION
    assert posterior(prior, CategoricalEvidence(Mass(1.0, 1.0), {"a": 1.0})).share("a").mean < 0.75


def test_where_just_that_is_on_offer_which_all_look_at_the_inventory_is_as_wide_as_the_population() -> None:
    """All of it in one bin."""
    found = fit(GARAGE, [_user(52_000.0 + i) for i in range(50)], [{"mileage": 52_000}] * 50)
    one, before = found.inventory["mileage"], found.population["mileage"]
    assert isinstance(one, NumericPrior)
    assert isinstance(before, NumericPrior)
    assert one.beta / before.beta == pytest.approx(1.0, rel=0.05)
