"""Tabs of a headless browser: which browser, which font, which sizes, and what counts as a complaint of a page."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

PATIENCE_MS = 60_000
DESKTOP, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
_CONTEXT = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce"}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Open = Callable[..., Page]
"""Opens an address in a tab of its own; further arguments are those of a browser's context."""


@contextmanager
def launched(directory: Path) -> Iterator[Browser]:
    """A browser for a short while: Playwright keeps a loop in this thread, which other tests want for themselves."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=_executable(playwright), env=dict(os.environ) | _fonts(directory)
        )
        yield made
        made.close()


@contextmanager
def tabs(browser: Browser) -> Iterator[Open]:
    """Opens addresses in tabs without a past. In the end no tab may have complained, of the policy or a defect."""
    opened: list[Page] = []
    complaints: list[str] = []

    def open_tab(url: str, **options: Any) -> Page:
        tab = browser.new_context(**(_CONTEXT | options)).new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.on("console", lambda message: complaints.extend(_complaint(message)))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        opened.append(tab)
        tab.goto(url)
        return tab

    yield open_tab
    for tab in opened:
        tab.context.close()
    assert complaints == []


def _complaint(message: ConsoleMessage) -> list[str]:
    # That a request was refused is what some tests are about.
    refused = message.text.startswith("Failed to load resource")
    return [message.text] if message.type in {"error", "warning"} and not refused else []


def _executable(playwright: Playwright) -> str:
    found = next(filter(None, map(shutil.which, _NAMES)), playwright.chromium.executable_path)
    if not Path(found).exists():
        pytest.skip("no Chromium: `apt-get install chromium`, or `uv run playwright install chromium` where it loads")
    return found


def _fonts(directory: Path) -> dict[str, str]:
    """Pictures look alike on every machine if the font is one that comes with a package."""
    config = directory / "fonts.conf"
    shipped = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    config.write_text(f"<fontconfig><dir>{shipped}</dir><cachedir>{directory}</cachedir></fontconfig>")
    return {"FONTCONFIG_FILE": str(config)}
