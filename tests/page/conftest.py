"""The page in headless Chromium: one browser and one application per file, a fresh tab per test."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from showing import Site, served
from tabs import DESKTOP, PATIENCE_MS, Open, complaint, executable, fonts

from api.settings import ApiSettings


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser of this file alone: Playwright keeps a loop in this thread, which other tests want for themselves."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        environ = dict(os.environ) | fonts(tmp_path_factory.mktemp("fonts"))
        made = playwright.chromium.launch(executable_path=executable(playwright), env=environ)
        yield made
        made.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def locked() -> Iterator[Site]:
    """The same for those who have a key."""
    with served(ApiSettings()) as found:
        yield found


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens an address in a tab without a past. In the end no tab may have complained, of the policy or a defect."""
    tabs: list[Page] = []
    complaints: list[str] = []

    def open_tab(url: str, **options: Any) -> Page:
        defaults = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce"}
        tab = browser.new_context(**(defaults | options)).new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.on("console", lambda message: complaints.extend(complaint(message)))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tabs.append(tab)
        tab.goto(url)
        return tab

    yield open_tab
    for tab in tabs:
        tab.context.close()
    assert complaints == []
