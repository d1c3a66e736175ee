"""The profile: the same to the bit in whatever order and cut its rows come."""

import datetime
import json
import math
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.catalogues.catalogue import load
from udfs.events.payload import together
from udfs.model import decay, priors
from udfs.model.items import Items, places
from udfs.model.posterior import Model, Row
from udfs.model.profile import CategoricalSummary, NumericSummary, Summary, profile
from udfs.model.question import Question
from udfs.model.score import Score, scores
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Fold

CARS = load("cars")
MODEL = Model(CARS, priors.from_catalogue(CARS))
TODAY = datetime.date(2026, 11, 23)
HALF_LIFE = decay.parse("exponential", {"half_life": "7"})


def question(dimensions: Sequence[str] = tuple(CARS.by_name), days: int = 30, one: decay.Decay = HALF_LIFE) -> Question:
    return Question(TODAY - datetime.timedelta(days=days - 1), TODAY, tuple(dimensions), CARS.weights, one)


def row(age: int, *cars: dict[str, object], kind: int = 0) -> Row:
    """One batch of events, folded and encoded as the job does it."""
    payloads = [
        [f"{age}-{kind}-{place}", str(place), kind, 0, *(d.value(car.get(d.path)) for d in CARS.dimensions)]
        for place, car in enumerate(cars)
    ]
    text = together(json.dumps(payload) for payload in payloads)
    statistics = Fold(CARS).fold(text).statistics
    cells = {d.name: encode(s) for d, s in zip(CARS.dimensions, statistics, strict=True)}
    return TODAY - datetime.timedelta(days=age), cells


RED_BMW: dict[str, object] = {"make": "BMW", "colour": "red", "price_eur": 9_000, "mileage_km": 60_000}
BLUE_VW: dict[str, object] = {"make": "VW", "colour": "blue", "price_eur": 4_000, "mileage_km": 120_000}
HISTORY = [
    row(0, RED_BMW),
    row(0, RED_BMW, BLUE_VW, kind=1),
    row(3, BLUE_VW),
    row(9, RED_BMW, kind=2),
    row(20, BLUE_VW),
]


def told(rows: Sequence[Row], asked: Question) -> dict[str, Summary]:
    return profile(MODEL.posteriors(rows, asked), asked, MODEL.priors.version)


def ranked(rows: Sequence[Row], *cars: dict[str, object]) -> list[Score]:
    items = [(str(i), {d.name: d.value(car.get(d.path)) for d in CARS.dimensions}) for i, car in enumerate(cars)]
    found = MODEL.posteriors(rows, question())
    return scores(found, places(found.start, Items.of(items, question().dimensions)))


@given(st.permutations(HISTORY))
def test_the_order_of_rows_does_not_change_a_bit_of_the_answer(rows: list[Row]) -> None:
    assert told(rows, question()) == told(HISTORY, question())


def test_how_a_date_was_cut_into_batches_does_not_change_a_bit_of_the_answer() -> None:
    # The same items in one batch and in two: ids differ, so that both count.
    whole, first, second = row(2, RED_BMW, BLUE_VW), row(2, RED_BMW), row(2, BLUE_VW)
    assert told([whole, *HISTORY], question()) == told([first, second, *HISTORY], question())


def test_dates_outside_of_the_question_do_not_count() -> None:
    assert told(HISTORY, question(days=4)) == told(HISTORY[:3], question(days=4))


def test_a_window_says_the_same_as_a_question_for_those_dates() -> None:
    window = decay.parse("window", {"window": "4"})
    assert told(HISTORY, question(one=window)) == told(HISTORY, question(days=4, one=decay.Decay()))


def test_without_evidence_a_profile_tells_the_prior_and_every_lift_is_zero() -> None:
    found = MODEL.posteriors([], question())
    assert not found.has_evidence
    assert found.numbers.probabilities.tolist() == found.start.numbers.probabilities.tolist()
    assert [score.lift for score in ranked([], RED_BMW, BLUE_VW)] == [0.0, 0.0]


def test_dimensions_come_in_the_order_of_the_question() -> None:
    assert list(told(HISTORY, question(["price", "make", "mileage"]))) == ["price", "make", "mileage"]


def test_a_dimension_without_a_cell_has_no_evidence_and_harms_no_other() -> None:
    without = [(date, {name: cell for name, cell in cells.items() if name != "make"}) for date, cells in HISTORY]
    found = told(without, question(["make", "colour"]))
    assert (found["make"].n_eff, found["colour"]) == (0.0, told(HISTORY, question(["colour"]))["colour"])


def test_a_log_dimension_answers_in_its_unit_with_median_and_without_a_mean() -> None:
    price = told(HISTORY, question())["price"]
    assert isinstance(price, NumericSummary)
    assert (price.mean, price.standard_deviation, price.unit) == (None, None, "EUR")
    assert price.geometric_mean is not None
    assert price.typical_range[0] < price.mean_interval[0] < price.geometric_mean
    assert price.geometric_mean < price.mean_interval[1] < price.typical_range[1]
    assert 4_000 < price.median < 9_000


def test_a_plain_dimension_answers_with_mean_and_standard_deviation() -> None:
    mileage = told(HISTORY, question())["mileage"]
    assert isinstance(mileage, NumericSummary)
    assert (mileage.geometric_mean, mileage.spread_factor) == (None, None)
    assert mileage.mean is not None
    assert mileage.mean_interval[0] < mileage.mean < mileage.mean_interval[1]


def test_a_type_that_is_given_more_weight_counts_more() -> None:
    asked = msgspec.structs.replace(question(), weights=(1.0, 3.0, 5.0))
    views, contacts = ([row(0, BLUE_VW), row(0, RED_BMW, kind=kind)] for kind in (0, 2))
    shares = [_share(told(rows, asked)["colour"], "red") for rows in (views, contacts)]
    assert shares[0] < shares[1]


def test_old_evidence_weighs_less_than_new() -> None:
    colours = told([row(0, RED_BMW), row(14, BLUE_VW)], question())["colour"]
    assert _share(colours, "red") > _share(colours, "blue")


@given(st.floats(1e-300, 1e12), st.floats(1e-300, 1e12))
def test_the_wildest_prices_still_give_a_finite_profile(low: float, high: float) -> None:
    cars: list[dict[str, object]] = [{"price_eur": low}, {"price_eur": high}]
    price = told([row(0, *cars)], question(["price"]))["price"]
    assert isinstance(price, NumericSummary)
    assert all(map(math.isfinite, (*price.mean_interval, *price.typical_range, price.median)))


def test_an_item_like_those_that_were_looked_at_comes_first() -> None:
    assert [score.id for score in ranked([row(0, RED_BMW, kind=2)], BLUE_VW, RED_BMW)] == ["1", "0"]


def test_the_parts_of_a_score_sum_to_it_exactly() -> None:
    for score in ranked(HISTORY, RED_BMW, BLUE_VW, {"make": "Lada", "price_eur": 1}):
        assert sum(score.parts.values()) == score.lift


def test_unknown_attributes_have_no_part_and_lower_the_coverage() -> None:
    score = ranked(HISTORY, RED_BMW)[0]
    assert set(score.parts) == {"make", "colour", "price", "mileage"}
    assert score.coverage == len(score.parts) / len(CARS.by_name)


def test_items_of_equal_lift_stay_in_order() -> None:
    assert [score.id for score in ranked([row(0, RED_BMW)], {}, RED_BMW, {}, RED_BMW)] == ["1", "3", "0", "2"]


def test_a_lift_is_the_log_ratio_of_two_predictive_probabilities() -> None:
    found, parts = MODEL.posteriors(HISTORY, question(["colour", "mileage"])), ranked(HISTORY, RED_BMW)[0].parts
    colour = found.shares[0]
    before = colour.prior_mass("red") / colour.prior.concentration
    assert parts["colour"] == pytest.approx(math.log(colour.share("red").mean / before), rel=1e-9)
    place = CARS.by_name["mileage"].bin(60_000, found.start.edges[0])
    now, then = (belief.probabilities[place] for belief in (found.numbers, found.start.numbers))
    assert parts["mileage"] == pytest.approx(math.log(now / then), rel=1e-9)


def _share(summary: Summary, category: str) -> float:
    assert isinstance(summary, CategoricalSummary)
    return next(found.share for found in summary.categories if found.category == category)


def test_the_deviation_of_a_linear_dimension_is_told_whatever_its_size() -> None:
    """Of a log dimension it is bounded, as its exponential would leave the floats."""
    summary = told([], question(["mileage"]))["mileage"]
    assert isinstance(summary, NumericSummary)
    assert summary.standard_deviation is not None
    assert summary.standard_deviation > 30_000
