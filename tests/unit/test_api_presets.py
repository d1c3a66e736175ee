"""Presets: what a request does not say, they do."""

import datetime
from pathlib import Path

import pytest

from api.presets import Presets, load
from api.question import Asker
from udfs.catalogues.catalogue import load as load_catalogue
from udfs.errors import QueryError, SettingsError
from udfs.model.decay import Decay
from udfs.model.question import Question

TODAY = datetime.date(2026, 11, 24)
CARS = load_catalogue("cars")
TEASER = Presets({"teaser": {"days": "14", "decay": "exponential", "half_life": "7", "top": "1", "dimensions": "make"}})


def asked(presets: Presets = TEASER, **given: str) -> Question:
    return Asker(CARS, 60, presets, lambda: TODAY).question(given.items())


def test_a_preset_asks_what_a_request_does_not() -> None:
    found = asked(preset="teaser", level="0.5")
    assert (found.first, found.last) == (datetime.date(2026, 11, 11), TODAY)
    assert (found.decay, found.top, found.dimensions) == (Decay("exponential", 7.0), 1, ("make",))
    assert (found.level, found.preset) == (0.5, "teaser")


def test_what_a_request_says_itself_comes_first() -> None:
    assert asked(preset="teaser", top="3").top == 3
    assert asked(preset="teaser", half_life="2").decay == Decay("exponential", 2.0)


def test_another_decay_replaces_that_of_the_preset_with_its_parameters() -> None:
    assert asked(preset="teaser", decay="none").decay == Decay()
    assert asked(preset="teaser", decay="window", window="3").decay == Decay("window", 3.0)


def test_a_first_date_replaces_the_number_of_days() -> None:
    found = asked(preset="teaser", **{"from": "2026-11-20"})
    assert (found.first, found.last) == (datetime.date(2026, 11, 20), TODAY)


def test_a_preset_can_be_asked_of_a_past_day() -> None:
    found = asked(preset="teaser", at="2026-11-10")
    assert (found.first, found.last) == (datetime.date(2026, 10, 28), datetime.date(2026, 11, 10))


def test_an_unknown_preset_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(QueryError, match="teaser"):
        asked(preset="banner")


@pytest.mark.parametrize("catalogue", ["cars", "films"])
def test_the_shipped_presets_can_be_asked_of_every_catalogue(catalogue: str) -> None:
    presets = load("")
    assert presets.by_name
    Asker(load_catalogue(catalogue), 60, presets, lambda: TODAY).check_presets()


@pytest.mark.parametrize(("text", "fault"), [
    ("[a]\ncolour = 'red'", "colour"), ("[a]\ndays = 0", "days"), ("[a]\npreset = 'a'\ndecay = 'odd'", "decay"),
    ("[a]\ndecay = 'window'", "window"), ("days = 3", "table"), ("[a", "Expected"),
])  # fmt: skip
def test_presets_that_cannot_be_asked_stop_the_start_and_are_named(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "presets.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=f"(?i){fault}"):
        Asker(CARS, 60, load(str(file)), lambda: TODAY).check_presets()
