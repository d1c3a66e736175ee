"""Scores rest on lifts: means, their doubt, draws, and coefficients."""

import datetime
import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE

from udfs.catalogues.dimension import Bins
from udfs.model.dirichlet import DirichletPrior, posterior
from udfs.model.evidence import CategoricalEvidence, Mass, NumericEvidence
from udfs.model.items import Item, Items, places
from udfs.model.lifts import Lifts, _drawn_shares
from udfs.model.posterior import Evidence, Model, Posteriors
from udfs.model.priors import Priors, fits, from_catalogue, from_json, to_json
from udfs.model.question import Question
from udfs.model.score import Score, scores

DAY = datetime.date(2026, 11, 20)
ASKED = Question(DAY, DAY, tuple(GARAGE.by_name), GARAGE.weights)
STATED = from_catalogue(GARAGE)
KNOWN = STATED.population | {"make": DirichletPrior(8.0, {"audi": 0.5, "skoda": 0.3})}
NOTHING: dict[str, Evidence] = {
    "make": CategoricalEvidence(),
    "price": NumericEvidence(),
    "mileage": NumericEvidence(),
}
PRIORS = Priors("known", KNOWN, {}, {"make": 0.5, "price": 2.0})
CATEGORIES = [["audi", "skoda", "lada"]]


def believed(priors: Priors = PRIORS, audis: float = 6.0) -> Posteriors:
    mass = Mass(audis, audis)
    found: dict[str, Evidence] = {
        "make": CategoricalEvidence(mass, {"audi": audis} if audis else {}),
        "price": NumericEvidence(mass, 9.0, 0.4, {5: audis} if audis else {}),
        "mileage": NumericEvidence(),
    }
    return Model(GARAGE, priors).believed(found, ASKED)


ITEMS: list[tuple[str, Item]] = [
    ("a", {"make": "audi", "price": 9_000_000, "mileage": 150_000}),
    ("b", {"make": "lada", "price": 5_000_000}),
    ("c", {"price": None}),
]


def scored(found: Posteriors, seed: int | None = None) -> list[Score]:
    where = places(found.start, Items.of(ITEMS, ASKED.dimensions))
    return scores(found, where, None if seed is None else np.random.default_rng(seed))


def by_id(found: list[Score]) -> dict[str, Score]:
    return {score.id: score for score in found}


@pytest.mark.parametrize("seed", [None, 3])
def test_the_parts_sum_to_the_lift_to_the_bit(seed: int | None) -> None:
    for score in scored(believed(), seed):
        assert sum(score.parts.values()) == score.lift


def test_a_coefficient_multiplies_what_its_dimension_says() -> None:
    found, plain = (by_id(scored(believed(one)))["a"] for one in (PRIORS, Priors("known", KNOWN)))
    for name, coefficient in (("make", 0.5), ("price", 2.0), ("mileage", 1.0)):
        assert found.parts[name] == pytest.approx(coefficient * plain.parts[name], rel=1e-12)


def test_a_value_that_an_item_lacks_says_nothing_and_is_not_covered() -> None:
    found = by_id(scored(believed()))
    assert (set(found["b"].parts), found["b"].coverage) == ({"make", "price"}, 2 / 3)
    assert (found["c"].lift, found["c"].deviation, found["c"].coverage, found["c"].parts) == (0.0, 0.0, 0.0, {})


def test_without_evidence_every_lift_is_exactly_zero_over_either_baseline() -> None:
    offered = KNOWN | {"make": DirichletPrior(8.0, {"lada": 0.9})}
    model = Model(GARAGE, msgspec.structs.replace(PRIORS, inventory=offered))
    for baseline in ("population", "inventory"):
        asked = msgspec.structs.replace(ASKED, baseline=baseline)
        assert {score.lift for score in scored(model.believed(NOTHING, asked))} == {0.0}


def test_the_deviation_of_a_share_is_that_of_its_draws() -> None:
    found, rng = believed(), np.random.default_rng(5)
    draws = np.array([Lifts(found, CATEGORIES).drawn(rng)[:3] for _ in range(20_000)])
    assert draws.var(axis=0) == pytest.approx(Lifts(found, CATEGORIES).variances[:3], rel=0.1)


def test_draws_have_the_posterior_as_their_mean() -> None:
    """Of probabilities, not of their logarithms."""
    found, rng = believed(), np.random.default_rng(5)
    draws = np.array([np.exp(Lifts(found, CATEGORIES).drawn(rng)) for _ in range(10_000)])
    assert draws.mean(axis=0) == pytest.approx(np.exp(Lifts(found, CATEGORIES).mean), rel=0.15)


def test_the_same_seed_ranks_the_same_and_another_one_may_not() -> None:
    first, again, other = (scored(believed(), seed) for seed in (1, 1, 2))
    assert first == again
    assert [score.lift for score in first] != [score.lift for score in other]


def test_more_evidence_leaves_less_doubt() -> None:
    few, many = (by_id(scored(believed(audis=n)))["a"].deviation for n in (1.0, 50.0))
    assert many < few


@given(st.integers(0, 5_000))
def test_a_prior_that_fits_other_bins_gives_way_to_that_of_the_catalogue(bins: int) -> None:
    price = msgspec.structs.replace(STATED.population["price"], masses=(0.1,) * bins)  # type: ignore[type-var]
    found = believed(Priors("old", KNOWN | {"price": price}))
    assert found.start.own == (frozenset() if bins == 8 else {"price"})


@pytest.mark.parametrize("change", [{"unit": "kEUR"}, {"transform": "none"}, {"bins": Bins(1.0, 9.0, 8)}])
def test_a_prior_on_another_axis_gives_way_to_that_of_the_catalogue(change: dict[str, Any]) -> None:
    price = STATED.population["price"]
    assert fits(price, GARAGE.by_name["price"])
    assert not fits(price, msgspec.structs.replace(GARAGE.by_name["price"], **change))


def test_a_draw_of_a_category_that_was_never_seen_does_not_depend_on_how_many_others_are_asked_for() -> None:
    found = posterior(DirichletPrior(10.0), CategoricalEvidence())
    rng = np.random.default_rng(3)
    for count in (1, 10, 500):
        drawn = [_drawn_shares(found, [f"model {n}" for n in range(count)], rng).mean() for _ in range(2_000)]
        assert np.mean(drawn) == pytest.approx(0.05, rel=0.15)


def test_priors_come_back_from_json_as_they_were() -> None:
    assert from_json(to_json(PRIORS)) == PRIORS
    assert json.loads(to_json(STATED))["population"]["make"]["kind"] == "categorical"
