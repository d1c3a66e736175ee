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

CARS = load("cars").by_name
COLOUR, MILEAGE = CARS["colour"], CARS["mileage"]

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


@given(st.lists(SEEN, min_size=1, max_size=5))
def test_the_cells_of_a_weight_are_summed_as_their_statistics_are(batches: list[list[tuple[int, str, int]]]) -> None:
    stored = [encode(counts(batch)) for batch in batches]
    total = counts([one for batch in batches for one in batch])
    assert cells.categorical(COLOUR, [0.5] * len(stored), stored) == [(0.5, list(total.by_type))]


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_numeric_cells_of_a_weight_are_summed_exactly(batches: list[list[tuple[int, int]]]) -> None:
    stored = [encode(moments(batch)) for batch in batches]
    total = moments([one for batch in batches for one in batch])
    rows = zip(total.moments.by_type, total.bins.by_type, strict=True)
    expected = [(moment.n, moment.total, moment.squares, bins) for moment, bins in rows]
    assert cells.numeric(MILEAGE, [0.5] * len(stored), stored) == [(0.5, expected)]


def test_cells_of_different_weights_stay_apart() -> None:
    red, blue = encode(counts([(0, "red", 1)])), encode(counts([(0, "blue", 1)]))
    found = cells.categorical(COLOUR, [0.25, 0.5, 0.5], [red, blue, red])
    assert found == [(0.25, [{"red": 1}]), (0.5, [{"blue": 1, "red": 1}])]


def test_a_missing_cell_is_the_empty_statistic() -> None:
    assert encode(Counts()) == encode(Numeric()) == cells.EMPTY
    assert cells.numeric(MILEAGE, [1.0], [cells.EMPTY]) == [(1.0, [])]


@pytest.mark.parametrize("damaged", [b"", b"\x02\x90", b"\x01", b"\x01\xc0", b"\x01\x91\x80\x01", b"\x90\x01", b"\xff"])
def test_damaged_cells_and_other_versions_are_refused_by_the_name_of_the_dimension(damaged: bytes) -> None:
    for read, dimension in ((cells.categorical, COLOUR), (cells.numeric, MILEAGE)):
        with pytest.raises(EncodingError, match=dimension.name):
            read(dimension, [1.0, 0.5], [damaged, cells.EMPTY])
