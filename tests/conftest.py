"""Every folder is a marker; Hypothesis is derandomized in CI, so that a run there can be repeated byte for byte."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from running import own_settings

from flink_job.local import stack
from flink_job.local.settings import StackSettings

_FOLDERS = {
    "unit": "needs nothing running",
    "page": "the page in a headless browser; needs Chromium, but nothing running",
    "integration": "on real Kafka, Cassandra and Flink",
    "e2e": "a whole run, with faults or with another catalogue",
    "slow": "the longer half of the faults; `pytest -m slow` runs it",
}
_PROFILE = "ci" if os.environ.get("CI") else "local"

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("local", deadline=None, print_blob=True)
hypothesis.settings.load_profile(_PROFILE)


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in _FOLDERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in _FOLDERS:
            item.add_marker(folder)


def pytest_report_header() -> str:
    derandomized = hypothesis.settings.get_profile(_PROFILE).derandomize
    seed = "derived from each test's source" if derandomized else "random; a failure prints how to repeat it"
    return f"hypothesis: profile {_PROFILE}, seed {seed}"


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackSettings]:
    """Kafka, Cassandra and Flink, started once for all tests; they go down even when the tests are killed."""
    settings = own_settings(tmp_path_factory.mktemp("stack"))
    try:
        stack.up(settings, without=("api",), owner=os.getpid())
        yield settings
    finally:
        stack.down(settings, wipe=True)
