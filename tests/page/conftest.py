"""The page in headless Chromium: one browser and one application per file, a fresh tab per test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from showing import Site, served
from tabs import Open, launched, tabs

from api.settings import ApiSettings


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with launched(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    with tabs(browser) as found:
        yield found


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def locked() -> Iterator[Site]:
    """The same for those who have a key."""
    with served(ApiSettings()) as found:
        yield found
