"""The API does what its document says: Schemathesis with every check, some hundred cases; more by hand.

    st --config-file tests/integration/schemathesis.toml run <url>/schema/openapi.json \
        --header "Authorization: Bearer <key>" --checks all --max-examples 1200
"""

import subprocess
import sys
from pathlib import Path

from serving import Served

CONFIG = Path(__file__).with_name("schemathesis.toml")


def test_no_check_of_schemathesis_fails(served: Served) -> None:
    command = [
        *(str(Path(sys.executable).with_name("st")), "--config-file", str(CONFIG)),
        *("run", f"{served.local.api_url}/schema/openapi.json", "--header", f"Authorization: Bearer {served.key}"),
        *("--checks", "all", "--phases", "coverage,fuzzing", "--max-examples", "10", "--no-color"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout[-5_000:]
