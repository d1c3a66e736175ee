"""Tabs of a headless browser: which browser, which font, which sizes, and what counts as a complaint of a page."""

import shutil
from collections.abc import Callable
from pathlib import Path

import matplotlib
import pytest
from playwright.sync_api import ConsoleMessage, Page, Playwright

PATIENCE_MS = 60_000
DESKTOP, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Open = Callable[..., Page]
"""Opens an address in a tab of its own; further arguments are those of a browser's context."""


def complaint(message: ConsoleMessage) -> list[str]:
    # That a request was refused is what some tests are about.
    refused = message.text.startswith("Failed to load resource")
    return [message.text] if message.type in {"error", "warning"} and not refused else []


def executable(playwright: Playwright) -> str:
    found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
    if not Path(found).exists():
        pytest.skip("no Chromium: `apt-get install chromium`, or `uv run playwright install chromium` where it loads")
    return found


def fonts(directory: Path) -> dict[str, str]:
    """Pictures look alike on every machine if the font is one that comes with a package."""
    config = directory / "fonts.conf"
    shipped = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    config.write_text(f"<fontconfig><dir>{shipped}</dir><cachedir>{directory}</cachedir></fontconfig>")
    return {"FONTCONFIG_FILE": str(config)}
