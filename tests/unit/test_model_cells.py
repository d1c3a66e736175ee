"""Cells: the dates that weigh the same are summed exactly, as their statistics are."""

from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.catalogues.catalogue import load
from udfs.errors import EncodingError
from udfs.model import cells
from udfs.statistics.counts import Counts
from udfs.statistics.encoding import encode
from udfs.statistics.moments import Moments
from udfs.statistics.statistic import Numeric

T = TypeVar("T")

CARS = load("cars").by_name
COLOUR, MILEAGE = CARS["colour"], CARS["mileage"]

APART, TOGETHER = (1.0, 2.0, 3.0), (2.0, 2.0, 2.0)
NOTHING = ({}, (0, 0, 0, {}))

SEEN = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["red", "blue", "café"]), st.integers(1, 9)), max_size=6)
VALUES = st.lists(st.tuples(st.integers(0, 2), st.integers(-(2**40), 2**40)), max_size=6)


def counts(seen: list[tuple[int, str, int]]) -> Counts[str]:
    found: Counts[str] = Counts()
    for code, category, times in seen:
        found = found.add(code, category, times)
    return found


def moments(values: list[tuple[int, int]]) -> Numeric:
    found = Numeric()
    for code, value in values:
        found = found.merge(Numeric(Moments().add(code, value), Counts[int]().add(code, value % 7)))
    return found


def trimmed(sums: list[T]) -> list[T]:
    """Without the empty types at the end, which may be there or not."""
    while sums and sums[-1] in NOTHING:
        sums.pop()
    return sums


@given(st.lists(SEEN, min_size=1, max_size=5))
def test_the_cells_of_a_weight_are_summed_as_their_statistics_are(batches: list[list[tuple[int, str, int]]]) -> None:
    stored = [encode(counts(batch)) for batch in batches]
    total = counts([one for batch in batches for one in batch])
    ((weight, found),) = cells.categorical(COLOUR, [0.5] * len(stored), APART, stored)
    assert (weight, trimmed(found)) == (0.5, list(total.by_type))


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_numeric_cells_of_a_weight_are_summed_exactly(batches: list[list[tuple[int, int]]]) -> None:
    stored = [encode(moments(batch)) for batch in batches]
    total = moments([one for batch in batches for one in batch])
    rows = zip(total.moments.by_type, total.bins.by_type, strict=True)
    expected = [(moment.n, moment.total, moment.squares, bins) for moment, bins in rows]
    ((weight, found),) = cells.numeric(MILEAGE, [0.5] * len(stored), APART, stored)
    assert (weight, trimmed(found)) == (0.5, expected)


def test_types_that_weigh_the_same_are_summed_as_one_but_for_those_that_have_no_weight() -> None:
    stored = [encode(counts([(0, "red", 1), (1, "red", 2), (3, "red", 100)])), encode(counts([(2, "blue", 4)]))]
    assert cells.categorical(COLOUR, [0.5, 0.5], TOGETHER, stored) == [(0.5, [{"red": 3, "blue": 4}])]
    numbers = [encode(moments([(0, 7), (1, 3), (3, 9)])), encode(moments([(2, 3)]))]
    assert cells.numeric(MILEAGE, [0.5, 0.5], TOGETHER, numbers) == [(0.5, [(3, 13, 67, {0: 1, 3: 2})])]


def test_cells_of_different_weights_stay_apart() -> None:
    red, blue = encode(counts([(0, "red", 1)])), encode(counts([(0, "blue", 1)]))
    found = cells.categorical(COLOUR, [0.25, 0.5, 0.5], TOGETHER, [red, blue, red])
    assert found == [(0.25, [{"red": 1}]), (0.5, [{"blue": 1, "red": 1}])]


def test_a_missing_cell_is_the_empty_statistic() -> None:
    assert encode(Counts()) == encode(Numeric()) == cells.EMPTY
    assert cells.numeric(MILEAGE, [1.0], APART, [cells.EMPTY]) == [(1.0, [])]


@pytest.mark.parametrize("damaged", [b"", b"\x02\x90", b"\x01", b"\x01\xc0", b"\x01\x91\x80\x01", b"\x90\x01", b"\xff"])
def test_damaged_cells_and_other_versions_are_refused_by_the_name_of_the_dimension(damaged: bytes) -> None:
    for read, dimension in ((cells.categorical, COLOUR), (cells.numeric, MILEAGE)):
        with pytest.raises(EncodingError, match=dimension.name):
            read(dimension, [1.0, 0.5], APART, [damaged, cells.EMPTY])
