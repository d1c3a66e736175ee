"""Of two writes of one row the store keeps that of the later clock: whoever's own is behind is told."""

import datetime

import pytest
from strategies import GARAGE

from cql.generations import Generations
from cql.layers import InForce
from cql.shelf import Shelf
from udfs.errors import StoreRefused
from udfs.model.priors import from_catalogue, to_json

NOW = datetime.datetime(2026, 11, 25, 10, tzinfo=datetime.UTC)
AHEAD = NOW + datetime.timedelta(minutes=10)
SOON = NOW + datetime.timedelta(minutes=2)
BODY = to_json(from_catalogue(GARAGE))


class Clocked:
    """A store to which every write is of the time that its `clock` was set to."""

    def __init__(self) -> None:
        self.clock = NOW
        self.rows: dict[str, tuple[datetime.datetime, tuple[object, ...]]] = {}

    def ask(self, name: str, *values: object) -> list[tuple[object, ...]]:
        deed, _, row = name.partition("_")
        if name == "read_priors":
            return [(BODY,)]
        if deed == "read":
            return [self.rows[row][1]] if row in self.rows else []
        if row not in self.rows or self.clock >= self.rows[row][0]:
            self.rows[row] = (self.clock, values)
        return []


@pytest.fixture
def store() -> Clocked:
    return Clocked()


def test_a_switch_from_a_clock_that_is_behind_the_last_switch_is_an_error_and_not_lost(store: Clocked) -> None:
    generations = Generations(store)
    store.clock = AHEAD
    generations.switch(2, 1, AHEAD)
    store.clock = SOON
    with pytest.raises(
        StoreRefused, match=r"generation 1 is not in force: 2 stays.* at 2026-11-25 10:10:00.* 10:02:00"
    ):
        generations.switch(1, 2, SOON)
    store.clock = AHEAD
    generations.switch(1, 2, AHEAD)
    assert generations.in_force() == InForce(1, 2, AHEAD)


def test_priors_from_a_clock_that_is_behind_the_last_choice_are_an_error_and_not_lost(store: Clocked) -> None:
    shelf = Shelf(store)
    store.clock = AHEAD
    shelf.use("later")
    store.clock = SOON
    with pytest.raises(StoreRefused, match="priors 'earlier' are not in force: 'later' stay"):
        shelf.use("earlier")
    store.clock = AHEAD
    shelf.use("earlier")
    assert shelf.in_force == "earlier"
