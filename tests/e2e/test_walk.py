"""The README's walk through the demo, step by step, in a browser and with authentication on."""

import datetime
import re
import subprocess
from pathlib import Path

import pytest
from demonstrated import BUSY, PENCHANT, demo, demo_environ
from playwright.sync_api import Page, expect
from tabs import launched, tabs

pytestmark = pytest.mark.slow


def test_the_walk_through_the_demo_shows_what_the_readme_says(tmp_path: Path) -> None:
    environ = demo_environ(tmp_path)
    with demo(environ) as api, launched(tmp_path) as browser, tabs(browser) as opened:
        page = opened(api.url)
        enter(page, api.key)
        fit_priors(environ)
        look_at_a_user(page)
        change_the_question(page)
        shared = opened(page.url)
        enter(shared, api.key)
        expect(shared.locator("#cards .card")).to_have_count(19)
        assert shared.input_value("#decay-by") == "3"
        rank(page)
        watch_it_live(page)
        look_at_the_pipeline(page)


def enter(page: Page, key: str) -> None:
    page.fill("#key", key)
    page.keyboard.press("Enter")
    expect(page.locator("#catalogue")).to_have_text("cars")


def fit_priors(environ: dict[str, str]) -> None:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    subprocess.run([*PENCHANT, "priors", "fit", "--until", today], env=environ, check=True, timeout=200)


def look_at_a_user(page: Page) -> None:
    page.click("#any")
    expect(page.locator("#cards .card")).to_have_count(20)
    page.fill("#user", BUSY)
    page.keyboard.press("Enter")
    expect(page.locator("#sure")).to_contain_text(f"User{BUSY}")
    page.check("#live")
    # The API looks for new priors once a minute.
    expect(page.locator("#sure")).not_to_contain_text("Priorcatalogue", timeout=120_000)
    page.uncheck("#live")


def change_the_question(page: Page) -> None:
    page.select_option("#decay", "exponential")
    page.fill("#decay-by", "3")
    page.fill("#weight-contact", "5")
    page.uncheck("#dimension-region")
    expect(page.locator("#cards .card")).to_have_count(19)
    expect(page).to_have_url(re.compile("decay=exponential&half_life=3&weights=.*contact%3A5"))


def rank(page: Page) -> None:
    page.click("#pick")
    expect(page.locator("#ranked tbody tr")).to_have_count(8)


def watch_it_live(page: Page) -> None:
    before = page.locator("#card-make .head span").text_content() or ""
    page.check("#live")
    expect(page.locator("#card-make .head span")).not_to_have_text(before, timeout=120_000)


def look_at_the_pipeline(page: Page) -> None:
    page.click("#to-status")
    pipeline = page.locator("#pipeline")
    expect(pipeline).to_contain_text("Jobreporting")
    expect(pipeline).to_contain_text(re.compile(r"Records a second[1-9]"))
    expect(pipeline).to_contain_text(re.compile(r"Dead letters[1-9]"))
    expect(page.locator("#rejected tbody tr").first).to_be_attached()
    expect(page.locator("#rate tbody tr").nth(3)).to_be_attached()
    assert "not known" not in (pipeline.text_content() or "")
