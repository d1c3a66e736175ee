"""The fold: a pure function of the set of payloads, equal to a naive oracle."""

from collections import defaultdict
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE, Payload, in_bytes, joined, payloads

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.statistics.counts import Counts
from udfs.statistics.fold import Delta, Fold
from udfs.statistics.moments import Moments
from udfs.statistics.statistic import Numeric, empty

FOLD = Fold(GARAGE)
BINS: Counts[int] = Counts()
VIEW, PARK, CONTACT = range(3)


def test_one_event_is_counted_in_every_dimension_that_it_has() -> None:
    delta = _fold([["e1", "i1", PARK, 7, "audi", 9_903_488, None]])
    price = Numeric(Moments().add(PARK, 9_903_488), BINS.add(PARK, 6))
    assert delta == Delta(1, 1, 1, (Counts().add(PARK, "audi"), price, Numeric()))


@given(payloads(), st.randoms())
def test_the_order_of_events_does_not_matter(some: list[Payload], seed: Any) -> None:
    shuffled = list(some)
    seed.shuffle(shuffled)
    assert in_bytes(_fold(shuffled)) == in_bytes(_fold(some))


@given(payloads(), st.data())
def test_repeated_events_do_not_matter(some: list[Payload], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(some), max_size=10))
    assert in_bytes(_fold(some + again)) == in_bytes(_fold(some))


@given(payloads())
def test_the_fold_equals_a_naive_one(some: list[Payload]) -> None:
    assert _fold(some) == _naive(some)


@given(payloads(), payloads())
def test_the_version_grows_with_every_payload_that_is_new(some: list[Payload], more: list[Payload]) -> None:
    seen: list[Payload] = []
    version = 0
    for payload in some + more:
        grown = _fold([*seen, payload]).version
        assert grown == version + (payload not in seen)
        seen.append(payload)
        version = grown


@given(payloads())
def test_version_events_and_items_are_counts_of_distinct_things(some: list[Payload]) -> None:
    delta = _fold(some)
    assert delta.version == len({_text(payload) for payload in some})
    assert delta.events == len({payload[0] for payload in some})
    assert delta.conflicts == delta.version - delta.events
    assert delta.items <= delta.events


@given(payloads())
def test_one_dimension_alone_is_its_slice_of_all(some: list[Payload]) -> None:
    whole = _fold(some)
    for place in range(len(GARAGE.dimensions)):
        alone = Fold(GARAGE, (place,)).fold(joined(some))
        assert alone == whole._replace(statistics=whole.statistics[place : place + 1])


def test_of_two_contents_of_one_event_id_the_smallest_bytes_win() -> None:
    one, other = ["e1", "i1", VIEW, 5, "audi", None, None], ["e1", "i1", VIEW, 5, "bmw", None, None]
    for order in ([one, other], [other, one], [other, one, other]):
        delta = _fold(order)
        assert delta.statistics[0] == Counts().add(VIEW, "audi")
        assert (delta.version, delta.events, delta.conflicts) == (2, 1, 1)


def test_the_smallest_bytes_win_also_over_a_stronger_type() -> None:
    weak, strong = ["e1", "i1", VIEW, 5, "audi", None, None], ["e1", "i1", CONTACT, 5, "audi", None, None]
    assert _fold([strong, weak]).statistics[0] == Counts().add(VIEW, "audi")


def test_an_item_counts_once_under_its_strongest_type() -> None:
    events = [
        [f"e{n}", "i1", code, n, "audi", None, 1] for n, code in enumerate([VIEW, VIEW, CONTACT, PARK, VIEW, VIEW])
    ]
    delta = _fold(events)
    assert delta.statistics[0] == Counts().add(CONTACT, "audi")
    assert (delta.events, delta.items) == (6, 1)


def test_the_latest_event_of_the_strongest_type_gives_the_attributes() -> None:
    events = [
        ["e1", "i1", PARK, 10, "audi", None, 1],
        ["e2", "i1", PARK, 30, "bmw", None, 2],
        ["e3", "i1", PARK, 20, "vw", None, 3],
        ["e4", "i1", VIEW, 99, "opel", None, 4],
    ]
    assert _fold(events).statistics[0] == Counts().add(PARK, "bmw")


def test_two_items_count_twice() -> None:
    events = [[f"e{n}", f"i{n}", VIEW, 5, "audi", None, None] for n in range(2)]
    assert _fold(events).statistics[0] == Counts().add(VIEW, "audi", 2)


def test_a_payload_from_before_a_dimension_was_appended_lacks_its_value() -> None:
    old, new = ["e1", "i1", VIEW, 5, "audi"], ["e2", "i2", VIEW, 5, "bmw", 1_000_000, 7]
    assert _fold([old, new]) == _fold([[*old, None, None], new])
    assert _fold([old]).statistics[1:] == (Numeric(), Numeric())


@given(payloads())
def test_a_dimension_that_was_appended_changes_no_other(some: list[Payload]) -> None:
    longer = msgspec.structs.replace(
        GARAGE, dimensions=(*GARAGE.dimensions, Dimension("colour", "categorical", "colour"))
    )
    delta = Fold(longer).fold(joined(some))
    assert delta.statistics[:-1] == _fold(some).statistics
    assert delta.statistics[-1] == Counts()


def test_a_number_beyond_the_bins_falls_into_the_outer_ones() -> None:
    bins = [_bin(value) for value in (-(2**40), -1, 0, 4_999, 5_000, 149_999, 150_000, 2**40)]
    assert bins == [0, 0, 0, 0, 1, 29, 30, 30]


@pytest.mark.parametrize("text", ["škoda", '"', "\\", "😀", "\u2028", "a,b", "]["])
def test_any_text_may_be_a_category(text: str) -> None:
    assert _fold([["e1", "i1", VIEW, 5, text, None, None]]).statistics[0] == Counts().add(VIEW, text)


def _fold(some: list[Payload]) -> Delta:
    return FOLD.fold(joined(some))


def _text(payload: Payload) -> str:
    return msgspec.json.encode(payload).decode()


def _bin(mileage: int) -> int:
    numeric = _fold([["e1", "i1", VIEW, 5, None, None, mileage]]).statistics[2]
    assert isinstance(numeric, Numeric)
    return next(iter(numeric.bins.by_type[0]))


def _naive(some: list[Payload], catalogue: Catalogue = GARAGE) -> Delta:
    """The rules as sentences: group, sort, take the first."""
    contents = defaultdict(set)
    for payload in some:
        contents[payload[0]].add(_text(payload).encode())
    events = [msgspec.json.decode(min(candidates)) for candidates in contents.values()]
    items = []
    for item in {event[1] for event in events}:
        own = [event for event in events if event[1] == item]
        top = max((event[2], event[3]) for event in own)
        items.append(min((event for event in own if (event[2], event[3]) == top), key=lambda e: _text(e).encode()))
    statistics = []
    for place, dimension in enumerate(catalogue.dimensions):
        total: Any = empty(dimension)
        for _, _, code, _, *values in items:
            value = values[place]
            if value is None:
                continue
            if dimension.kind == "categorical":
                total = total.add(code, value)
            else:
                inner = sum(value >= edge for edge in dimension.edges())
                total = total.merge(Numeric(Moments().add(code, value), BINS.add(code, inner)))
        statistics.append(total)
    return Delta(sum(map(len, contents.values())), len(events), len(items), tuple(statistics))
