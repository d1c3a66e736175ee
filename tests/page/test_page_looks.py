"""How the page looks: an audit of accessibility without a finding, and pictures that are compared with kept ones.

`PENCHANT_KEEP_PICTURES=1` keeps new ones, for a person to look at before they are committed.
"""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from running import until
from showing import BUSY, Site
from tabs import DESKTOP, PHONE, Open

KEPT = Path(__file__).parent / "pictures"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESKTOP},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
}
VIEWS = {"profile": f"user={BUSY}&days=20", "status": "view=status"}
SHRUNK = 4
"""Pictures are compared this many times smaller: the edge of a letter is no difference, a bar that moved is one."""
PLAIN, TOLERATED = 64, 0.01
"""A point differs plainly by so many of 255 steps of a colour; such is the share of points that may."""

each_look = pytest.mark.parametrize("look", LOOKS)
each_view = pytest.mark.parametrize("view", VIEWS)


def settled(opened: Open, site: Site, view: str, look: str) -> Page:
    page = opened(f"{site.url}/?{VIEWS[view]}", **LOOKS[look])
    last = "#card-displacement" if view == "profile" else "#rejected"
    expect(page.locator(f"{last} canvas")).to_have_count(1)
    return page


def findings(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


@each_look
@each_view
def test_the_audit_of_accessibility_finds_nothing(opened: Open, site: Site, view: str, look: str) -> None:
    page = settled(opened, site, view, look)
    if view == "profile":
        page.click("#pick")
        expect(page.locator("#ranked canvas")).to_have_count(1)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert findings(page) == []


@each_look
def test_the_audit_finds_nothing_in_the_dialog_and_in_a_message(opened: Open, site: Site, look: str) -> None:
    page = opened(f"{site.url}/?user={BUSY}&days=99", **LOOKS[look])
    expect(page.locator("#message")).to_be_visible()
    assert findings(page) == []
    page.click("#enter-key")
    assert findings(page) == []


@each_look
@each_view
def test_the_page_looks_as_it_was_when_a_person_looked(opened: Open, site: Site, view: str, look: str) -> None:
    page = settled(opened, site, view, look)
    kept, seen = KEPT / f"{view}-{look}.png", _picture(page.screenshot(animations="disabled", caret="hide"))
    if os.environ.get("PENCHANT_KEEP_PICTURES"):
        KEPT.mkdir(exist_ok=True)
        seen.quantize(64).save(kept, optimize=True)
    difference = np.abs(_colours(seen) - _colours(Image.open(kept).convert("RGB")))
    assert (difference.max(axis=2) > PLAIN).mean() < TOLERATED


@each_view
def test_a_phone_need_not_be_scrolled_sideways(opened: Open, site: Site, view: str) -> None:
    page = settled(opened, site, view, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_charts_move_only_for_those_who_like_it(opened: Open, site: Site, motion: str, moves: bool) -> None:
    page = opened(f"{site.url}/?{VIEWS['profile']}", reduced_motion=motion)
    expect(page.locator("#card-make canvas")).to_have_count(1)
    chart = "echarts.getInstanceByDom(document.querySelector('#card-make .chart'))"
    assert page.evaluate(f"{chart}.getOption().animation") is moves


def test_a_change_of_the_colour_scheme_redraws(opened: Open, site: Site) -> None:
    page = settled(opened, site, "profile", "light")
    chart = "echarts.getInstanceByDom(document.querySelector('#card-make .chart'))"
    colour = f"{chart}.getOption().series[0].itemStyle.color"
    before = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    # Polled from here: what the browser polls by itself is evaluated in the page, which the page's policy forbids.
    until(lambda: page.evaluate(colour) != before)


def _colours(picture: Image.Image) -> NDArray[np.int16]:
    return np.asarray(picture, dtype=np.int16)


def _picture(png: bytes) -> Image.Image:
    found = Image.open(BytesIO(png)).convert("RGB")
    return found.resize((found.width // SHRUNK, found.height // SHRUNK), Image.Resampling.BOX)
