"""One raw attribute becomes a category, a scaled integer or nothing."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE, json_values

from udfs.catalogues.dimension import MAX_CATEGORY_BYTES, MAX_SCALED, Bins, Dimension, Value
from udfs.errors import EventRejected, Reason

MAKE, PRICE, MILEAGE = GARAGE.dimensions


@pytest.mark.parametrize(
    ("raw", "category"),
    [
        ("Audi", "audi"),
        ("  AUDI\n", "audi"),
        ("VW", "volkswagen"),
        ("S\u030cKODA", "škoda"),
        (5, "5"),
        ("5", "5"),
        (True, "yes"),
        (False, "no"),
        ("", None),
        ("   ", None),
        ("Unknown", None),
        (None, None),
    ],
)
def test_spellings_of_a_category_are_one_category(raw: object, category: str | None) -> None:
    assert MAKE.value(raw) == category


@pytest.mark.parametrize("raw", [1.5, [], {}, ["audi"]])
def test_what_is_no_category_is_refused_with_its_path(raw: object) -> None:
    assert "item.make=" in _refused(MAKE, raw)


def test_a_category_may_be_100_bytes_long_and_no_longer() -> None:
    assert MAKE.value("é" * 50) == "é" * 50
    assert f"at most {MAX_CATEGORY_BYTES} bytes" in _refused(MAKE, "é" * 50 + "e")


@pytest.mark.parametrize(
    ("raw", "scaled"),
    [(1, 1), (1.4, 1), (2.6, 3), (-3, -3), (0, 0), (150_000, 150_000), (150_001, 150_000), (1e300, 150_000)],
)
def test_a_number_is_rounded_and_cut_where_its_source_cuts_it(raw: float, scaled: int) -> None:
    assert MILEAGE.value(raw) == scaled


@pytest.mark.parametrize(("raw", "scaled"), [(1, 0), (math.e, 1_000_000), (20_000, 9_903_488), (0, None), (0.0, None)])
def test_a_price_is_kept_as_its_logarithm_and_zero_is_missing(raw: float, scaled: int | None) -> None:
    assert PRICE.value(raw) == scaled


@pytest.mark.parametrize("dimension", [PRICE, MILEAGE])
@pytest.mark.parametrize("raw", [None, ""])
def test_no_number_is_missing(dimension: Dimension, raw: object) -> None:
    assert dimension.value(raw) is None


@pytest.mark.parametrize("raw", ["n/a", 99])
def test_a_number_may_be_missing_by_a_word_or_by_a_number(raw: object) -> None:
    assert msgspec.structs.replace(MILEAGE, missing=["n/a", 99.0]).value(raw) is None


def test_true_is_not_the_number_one_even_where_one_means_missing() -> None:
    assert "must be a number" in _refused(msgspec.structs.replace(MILEAGE, missing=[1.0]), True)


@pytest.mark.parametrize("raw", ["12", True, [1], {}])
def test_what_is_no_number_is_refused_with_its_path(raw: object) -> None:
    assert "item.offer.price=" in _refused(PRICE, raw)


@pytest.mark.parametrize("raw", [-1, -1e300, -(10**400)])
def test_a_number_without_a_logarithm_is_refused(raw: float) -> None:
    assert "above 0" in _refused(PRICE, raw)


@pytest.mark.parametrize("raw", [2**40 + 1, 1e300, math.inf, -math.inf, math.nan, 10**400, -(10**400)])
def test_a_number_beyond_two_to_the_forty_is_refused(raw: float) -> None:
    assert "must lie within" in _refused(msgspec.structs.replace(MILEAGE, top_coded=None), raw)


@given(json_values(), st.sampled_from([MAKE, PRICE, MILEAGE]))
def test_any_json_is_a_bounded_value_or_refused(raw: Any, dimension: Dimension) -> None:
    value = _outcome(dimension, raw)
    if isinstance(value, EventRejected):
        assert value.reason is Reason.BAD_ATTRIBUTE
        assert len(value.detail) < 200
    elif isinstance(value, int):
        assert abs(value) <= MAX_SCALED
    else:
        assert value is None or 0 < len(value.encode()) <= MAX_CATEGORY_BYTES


def test_a_text_of_a_megabyte_of_marks_is_refused_at_once() -> None:
    """To normalise it would take quadratic time, in which a process of the API answers nobody."""
    assert "at most 100 bytes" in _refused(MAKE, "\u0301\u0316" * 500_000)


@given(st.floats(100, 100_000))
def test_a_scaled_price_leads_back_to_the_price(price: float) -> None:
    scaled = PRICE.value(price)
    assert isinstance(scaled, int)
    assert PRICE.original(scaled / PRICE.scale) == pytest.approx(price, rel=1e-6)


@given(st.integers(-10_000, 400_000))
def test_a_value_lies_in_exactly_one_bin_of_equal_width_and_the_ends_are_open(mileage: int) -> None:
    dimension = msgspec.structs.replace(MILEAGE, bins=Bins(0.0, 155_000.0, 31), top_coded=None)
    edges = dimension.edges()
    assert len(edges) == 30
    assert dimension.bin(mileage, edges) == min(max(mileage // 5000, 0), 30)


def _outcome(dimension: Dimension, raw: object) -> Value | EventRejected:
    try:
        return dimension.value(raw)
    except EventRejected as rejected:
        return rejected


def _refused(dimension: Dimension, raw: object) -> str:
    with pytest.raises(EventRejected) as caught:
        dimension.value(raw)
    assert caught.value.reason is Reason.BAD_ATTRIBUTE
    return caught.value.detail
