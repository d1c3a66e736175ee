"""Every control redraws the profile, changes the address, and changes the request that is shown."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from showing import BUSY, Site
from tabs import Open

Act = Callable[[Page], object]

CONTROLS: dict[str, tuple[Act, str]] = {
    "days": (lambda page: page.fill("#days", "7"), "days=7"),
    "at": (lambda page: page.fill("#at", "2026-11-12"), "at=2026-11-12"),
    "decay": (lambda page: page.select_option("#decay", "exponential"), "decay=exponential&half_life=14"),
    "weights": (lambda page: page.fill("#weight-contact", "8"), "weights=contact:8"),
    "dimensions": (lambda page: page.uncheck("#dimension-make"), "dimensions=model,"),
    "baseline": (lambda page: page.select_option("#baseline", "inventory"), "baseline=inventory"),
    "level": (lambda page: page.select_option("#level", "0.5"), "level=0.5"),
}


@pytest.fixture
def page(opened: Open, site: Site) -> Page:
    found = opened(f"{site.url}/?user={BUSY}")
    expect(found.locator("#cards .card")).to_have_count(20)
    return found


def drawn(page: Page) -> str:
    """Everything that the cards say, their tables among it."""
    return page.locator("#cards").text_content() or ""


def asked(parameters: str) -> re.Pattern[str]:
    return re.compile(re.escape(quote(parameters, safe="=&")))


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_redraws_and_changes_the_address_and_the_request(page: Page, control: str) -> None:
    act, parameters = CONTROLS[control]
    before = drawn(page)
    act(page)
    expect(page).to_have_url(asked(parameters))
    expect(page.locator("#curl")).to_contain_text(asked(parameters))
    expect(page.locator("#cards")).not_to_have_text(before)


@pytest.mark.parametrize(("decay", "parameter", "value"), [
    ("window", "window", "3"), ("linear", "span", "12"),
    ("steps", "steps", "0:1,3:0.2"), ("exponential", "half_life", "2"),
])  # fmt: skip
def test_every_decay_has_its_parameter(page: Page, decay: str, parameter: str, value: str) -> None:
    before = drawn(page)
    page.select_option("#decay", decay)
    page.fill("#decay-by", value)
    expect(page).to_have_url(asked(f"decay={decay}&{parameter}={value}"))
    expect(page.locator("#cards")).not_to_have_text(before)
    expect(page.locator("#message")).to_be_hidden()


def test_a_shared_address_restores_the_view(opened: Open, site: Site) -> None:
    question = (
        "days=12&at=2026-11-20&decay=linear&span=9&weights=view:1,park:4,contact:1&dimensions=make,price&level=0.5"
    )
    page = opened(f"{site.url}/?user={BUSY}&{question}")
    expect(page.locator("#cards .card")).to_have_count(2)
    values = {name: page.input_value(f"#{name}") for name in ("user", "days", "at", "decay", "decay-by", "level")}
    assert values == {
        "user": BUSY, "days": "12", "at": "2026-11-20", "decay": "linear", "decay-by": "9", "level": "0.5"
    }  # fmt: skip
    assert page.input_value("#weight-park") == "4"
    assert (page.is_checked("#dimension-price"), page.is_checked("#dimension-model")) == (True, False)
    expect(page).to_have_url(re.compile("user=.*span=9.*level=0.5"))


def test_any_user_is_one_of_whom_something_is_known(opened: Open, site: Site) -> None:
    page = opened(site.url)
    page.click("#any")
    expect(page.locator("#cards .card")).to_have_count(20)
    assert page.input_value("#user") in site.held.rows
    expect(page.locator("#empty")).to_be_hidden()


def test_live_shows_events_as_they_arrive(page: Page, site: Site) -> None:
    seen = page.locator("#card-make .head span")
    before = seen.text_content() or ""
    page.check("#live")
    site.held.like(BUSY, 0, *[{"make": "bmw"}] * 9)
    expect(seen).not_to_have_text(before)


def test_real_ads_are_ranked_with_a_part_per_dimension(page: Page) -> None:
    page.click("#pick")
    expect(page.locator("#ranked .chart")).to_have_attribute("aria-label", re.compile("8 items ranked; first .* ad-"))
    assert page.locator("#ranked tbody tr").count() == 8


def test_another_question_ranks_anew_and_another_user_too(page: Page) -> None:
    page.click("#pick")
    ranked = page.locator("#ranked tbody")
    expect(ranked.locator("tr")).to_have_count(8)
    before = ranked.text_content() or ""
    page.fill("#days", "4")
    expect(ranked).not_to_have_text(before)
    before = ranked.text_content() or ""
    page.fill("#user", "user-00002")
    page.keyboard.press("Enter")
    expect(ranked).not_to_have_text(before)


def test_pasted_items_are_ranked(page: Page) -> None:
    page.fill("#items", json.dumps([{"id": "a", "make": "opel"}, {"id": "b", "make": "ferrari"}]))
    page.click("#ranking button[type=submit]")
    expect(page.locator("#ranked tbody tr")).to_have_count(2)
    assert page.locator("#ranked tbody td").first.text_content() == "opel a"


def test_the_keyboard_is_enough(opened: Open, site: Site) -> None:
    page = opened(site.url)
    expect(page.locator("#catalogue")).to_have_text("cars")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    to(page, "user")
    page.keyboard.type(BUSY)
    page.keyboard.press("Enter")
    expect(page.locator("#cards .card")).to_have_count(20)
    to(page, "weight-view")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(asked("weights=view:1.5"))
    to(page, "dimension-make")
    page.keyboard.press("Space")
    expect(page.locator("#card-make")).to_have_count(0)


def to(page: Page, wanted: str) -> None:
    """Tab on until an element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == wanted:
            return
    pytest.fail(f"Tab does not lead to {wanted}")
