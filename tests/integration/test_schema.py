"""The API does what its document says: Schemathesis with every check but one. Some hundred cases; many when asked:

uv run pytest -m slow -s tests/integration/test_schema.py
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from serving import Served

CONFIG = Path(__file__).with_name("schemathesis.toml")
NOT_OURS = "use_after_free"
"""Erasing a person empties an address and does not end it: the id may have events again within the hour."""

EACH = 5_000
"""Cases of one of the long runs, at least; four of them make 20,000."""


def test_no_check_of_schemathesis_fails(served: Served) -> None:
    checked(served, "--phases", "coverage,fuzzing", "--max-examples", "10")


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_no_check_fails_in_twenty_thousand_cases(served: Served, seed: int) -> None:
    summary = checked(served, "--max-examples", "250", "--seed", str(seed))
    print(summary)
    [cases] = re.findall(r"(\d+) generated", summary)
    assert int(cases) >= EACH


def checked(served: Served, *options: str) -> str:
    """The summary of a run in which nothing failed."""
    command = [
        *(str(Path(sys.executable).with_name("st")), "--config-file", str(CONFIG)),
        *("run", f"{served.local.api_url}/schema/openapi.json", "--header", f"Authorization: Bearer {served.key}"),
        *("--checks", "all", "--exclude-checks", NOT_OURS, "--no-color", *options),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1_100, check=False)
    assert done.returncode == 0, done.stdout[-5_000:]
    return done.stdout[done.stdout.rindex("SUMMARY") :]
