"""Decay: the weight of a date by its age, from 0 to 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.errors import QueryError
from udfs.model import decay
from udfs.model.decay import NAMES, Decay

DECAYS = [
    Decay(),
    decay.parse("window", {"window": "7"}),
    decay.parse("linear", {"span": "30"}),
    decay.parse("exponential", {"half_life": "14"}),
    decay.parse("steps", {"steps": "0:1,7:0.5,30:0.1"}),
]


def test_without_decay_the_oldest_evidence_weighs_as_much_as_the_newest() -> None:
    assert [Decay().weight(age) for age in (0, 1, 60)] == [1.0, 1.0, 1.0]


def test_a_window_of_seven_days_holds_seven_dates() -> None:
    window = decay.parse("window", {"window": "7"})
    assert [window.weight(age) for age in range(9)] == [1.0] * 7 + [0.0] * 2


def test_a_linear_decay_reaches_zero_at_its_span_and_stays_there() -> None:
    linear = decay.parse("linear", {"span": "4"})
    assert [linear.weight(age) for age in range(6)] == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]


def test_an_exponential_decay_halves_with_each_half_life() -> None:
    exponential = decay.parse("exponential", {"half_life": "14"})
    assert [exponential.weight(age) for age in (0, 14, 28)] == [1.0, 0.5, 0.25]


def test_a_step_table_holds_from_each_day_on_and_its_largest_weight_is_one() -> None:
    steps = decay.parse("steps", {"steps": "0:5,2:10,30:1"})
    assert [steps.weight(age) for age in (0, 1, 2, 29, 30, 99)] == [0.5, 0.5, 1.0, 1.0, 0.1, 0.1]
    assert steps.parameters == {"steps": "0:0.5,2:1,30:0.1"}


@given(st.sampled_from(DECAYS), st.floats(0, 1e4))
def test_every_weight_lies_between_nothing_and_one(one: Decay, age: float) -> None:
    assert 0.0 <= one.weight(age) <= 1.0


def test_every_decay_was_tried() -> None:
    assert tuple(one.name for one in DECAYS) == NAMES


@given(half_life=st.floats(5e-324, 36_500), age=st.integers(0, 100))
def test_a_weight_is_zero_or_large_enough_to_be_squared(half_life: float, age: int) -> None:
    weight = decay.parse("exponential", {"half_life": repr(half_life)}).weight(age)
    assert weight == 0.0 or weight * weight > 0.0


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("cubic", {}, "decay"),
        ("none", {"window": "7"}, "window"),
        ("window", {}, "window"),
        ("window", {"span": "7"}, "span"),
        ("window", {"window": "0"}, "window"),
        ("linear", {"span": "-1"}, "span"),
        ("exponential", {"half_life": "soon"}, "half_life"),
        ("exponential", {"half_life": "nan"}, "half_life"),
        ("exponential", {"half_life": "1e999"}, "half_life"),
        ("steps", {"steps": "1:1"}, "steps"),
        ("steps", {"steps": "0:1,0:2"}, "steps"),
        ("steps", {"steps": "0:0"}, "steps"),
        ("steps", {"steps": "0:1,7:-1"}, "steps"),
        ("steps", {"steps": "0"}, "steps"),
        ("steps", {"steps": ""}, "steps"),
        ("steps", {"steps": ",".join(f"{day}:1" for day in range(200))}, "steps"),
    ],
)
def test_a_decay_that_makes_no_sense_is_refused_by_the_name_of_the_parameter(
    name: str, parameters: dict[str, str], field: str
) -> None:
    with pytest.raises(QueryError) as refused:
        decay.parse(name, parameters)
    assert refused.value.field == field
