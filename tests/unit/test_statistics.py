"""Statistics: one algebra for counts, moments and both together."""

from functools import reduce
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE, bins, counts, moments, numerics

from udfs.statistics.counts import Counts
from udfs.statistics.moments import Moment, Moments
from udfs.statistics.statistic import Numeric, empty

BINS: Counts[int] = Counts()


class Algebra(NamedTuple):
    """A kind of statistic, its identity, and a way to observe one value."""

    drawn: st.SearchStrategy[Any]
    identity: Any
    single: Any


ALGEBRAS = [
    pytest.param(Algebra(counts(), Counts(), lambda code, v: Counts().add(code, "abc"[v % 3])), id="counts"),
    pytest.param(Algebra(bins(), Counts(), lambda code, v: Counts().add(code, v % 256)), id="bins"),
    pytest.param(Algebra(moments(), Moments(), Moments().add), id="moments"),
    pytest.param(
        Algebra(numerics(), Numeric(), lambda code, v: Numeric(Moments().add(code, v), BINS.add(code, v % 32))),
        id="numeric",
    ),
]
TIMES = st.integers(0, 10**9)
every = pytest.mark.parametrize("algebra", ALGEBRAS)


@every
@given(data=st.data())
def test_the_empty_statistic_changes_nothing(algebra: Algebra, data: st.DataObject) -> None:
    some = data.draw(algebra.drawn)
    assert some.merge(algebra.identity) == algebra.identity.merge(some) == some


@every
@given(data=st.data())
def test_merging_is_associative(algebra: Algebra, data: st.DataObject) -> None:
    a, b, c = (data.draw(algebra.drawn) for _ in range(3))
    assert a.merge(b).merge(c) == a.merge(b.merge(c))


@every
@given(data=st.data())
def test_merging_is_commutative(algebra: Algebra, data: st.DataObject) -> None:
    a, b = data.draw(algebra.drawn), data.draw(algebra.drawn)
    assert a.merge(b) == b.merge(a)


@every
@given(data=st.data(), times=TIMES)
def test_scaling_distributes_over_merging(algebra: Algebra, data: st.DataObject, times: int) -> None:
    a, b = data.draw(algebra.drawn), data.draw(algebra.drawn)
    assert a.merge(b).scale(times) == a.scale(times).merge(b.scale(times))


@every
@given(data=st.data(), m=TIMES, n=TIMES)
def test_scaling_is_linear_in_the_factor(algebra: Algebra, data: st.DataObject, m: int, n: int) -> None:
    some = data.draw(algebra.drawn)
    assert some.scale(m).merge(some.scale(n)) == some.scale(m + n)
    assert some.scale(m).scale(n) == some.scale(m * n)


@every
@given(data=st.data())
def test_once_is_the_same_and_no_times_is_nothing(algebra: Algebra, data: st.DataObject) -> None:
    some = data.draw(algebra.drawn)
    assert some.scale(1) == some
    assert some.scale(0) == algebra.identity


@every
@given(data=st.data(), times=st.integers(1, 20))
def test_scaling_is_repeated_merging(algebra: Algebra, data: st.DataObject, times: int) -> None:
    some = data.draw(algebra.drawn)
    assert reduce(lambda total, _: total.merge(some), range(times), algebra.identity) == some.scale(times)


@every
@given(data=st.data())
def test_how_many_were_observed_adds_up(algebra: Algebra, data: st.DataObject) -> None:
    a, b = data.draw(algebra.drawn), data.draw(algebra.drawn)
    assert a.merge(b).n == a.n + b.n
    assert algebra.identity.n == 0


@every
@given(seen=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2**40)), max_size=10), seed=st.randoms())
def test_the_sum_of_observations_does_not_depend_on_their_order(algebra: Algebra, seen: Any, seed: Any) -> None:
    shuffled = list(seen)
    seed.shuffle(shuffled)
    one, other = (_merged(algebra, order) for order in (seen, shuffled))
    assert one == other
    assert one.n == len(seen)


@given(counts(), st.integers(0, 2), st.sampled_from("ab"), st.integers(1, 10**6))
def test_adding_to_counts_is_merging_what_was_seen_once(some: Counts[str], code: int, key: str, times: int) -> None:
    assert some.add(code, key, times) == some.merge(Counts().add(code, key).scale(times))


@given(moments(), st.integers(0, 2), st.integers(-(2**40), 2**40), st.integers(1, 10**6))
def test_adding_to_moments_is_merging_what_was_seen_once(some: Moments, code: int, value: int, times: int) -> None:
    assert some.add(code, value, times) == some.merge(Moments().add(code, value).scale(times))


@given(counts(), counts())
def test_merging_leaves_its_parts_as_they_were(a: Counts[str], b: Counts[str]) -> None:
    before = repr((a, b))
    a.merge(b).add(0, "a")
    assert repr((a, b)) == before


def test_the_empty_statistic_of_a_dimension_is_of_its_kind() -> None:
    assert [empty(dimension) for dimension in GARAGE.dimensions] == [Counts(), Numeric(), Numeric()]


def _moment(values: list[int]) -> Moment:
    return reduce(lambda total, value: total.add(0, value), values, Moments()).by_type[0]


def _merged(algebra: Algebra, seen: list[tuple[int, int]]) -> Any:
    return reduce(lambda total, one: total.merge(algebra.single(*one)), seen, algebra.identity)
