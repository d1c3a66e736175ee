"""The status view tells how the pipeline does, and what is not known."""

from collections.abc import Iterator

import pytest
from held import NOW
from playwright.sync_api import Page, expect
from showing import Site, report
from tabs import Open

from udfs.errors import StoreUnavailable


@pytest.fixture(autouse=True)
def as_before(site: Site) -> Iterator[None]:
    yield
    site.now, site.held.report, site.held.error = NOW, report(2_150), None


@pytest.fixture
def page(opened: Open, site: Site) -> Page:
    found = opened(f"{site.url}/?view=status")
    expect(found.locator("#pipeline dt")).to_have_count(6)
    return found


def told(page: Page, name: str) -> str:
    return page.locator("#pipeline div", has_text=name).locator("dd").text_content() or ""


def test_rate_lag_freshness_and_rejects_are_told(page: Page) -> None:
    found = {name: told(page, name) for name in ("Job", "Records a second", "Lag", "Fresh through", "Dead letters")}
    assert found == {
        "Job": "reporting", "Records a second": "35.8", "Lag": "94", "Fresh through": "23:59:50", "Dead letters": "62"
    }  # fmt: skip
    expect(page.locator("#rejected .chart")).to_have_attribute(
        "aria-label", "Dead letters: not json 41, bad attribute 17, expired 4"
    )


def test_the_view_follows_the_job(page: Page, site: Site) -> None:
    site.held.report, site.now = report(6_000, NOW + 2), NOW + 2
    expect(page.locator("#pipeline")).to_contain_text("Records a second100")
    expect(page.locator("#rate tbody tr")).to_have_count(2)


def test_of_a_silent_job_rate_and_lag_are_not_known(page: Page, site: Site) -> None:
    site.now += 120
    expect(page.locator("#pipeline")).to_contain_text("Jobsilent")
    assert told(page, "Records a second") == told(page, "Lag") == "not known"
    expect(page.locator("#pipeline")).to_contain_text("(stale)")
    expect(page.locator("#job-says")).to_contain_text("The last report is of 00:00:00: the job is down")


def test_before_the_first_report_nothing_is_drawn(page: Page, site: Site) -> None:
    site.held.report = None
    expect(page.locator("#pipeline")).to_contain_text("Jobnever heard of")
    expect(page.locator("#measures")).to_be_hidden()


def test_while_the_store_is_away_the_view_says_so(page: Page, site: Site) -> None:
    site.held.error = StoreUnavailable("away")
    expect(page.locator("#message")).to_contain_text("the store is out of reach")


def test_the_views_are_a_click_apart_and_in_the_address(page: Page) -> None:
    page.click("#to-profile")
    expect(page.locator("#profile-view")).to_be_visible()
    expect(page.locator("#status-view")).to_be_hidden()
    assert "view=" not in page.url
    page.click("#to-status")
    expect(page.locator("#status-view")).to_be_visible()
    assert "view=status" in page.url
