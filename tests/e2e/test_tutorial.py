"""The README's tutorial, as it is typed; the stack of the tests stands in for `penchant up`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from asking import api
from running import own_job, prepare, running, until
from trial import CARS

from flink_job.local.keys import local_key
from flink_job.local.settings import StackSettings, client_environ
from udfs.settings import environment

README = Path(__file__).parents[2] / "README.md"
BEFORE_AND_AFTER = ("penchant up", "penchant submit", "export KEY", "penchant down")
API = "http://127.0.0.1:18080"


def steps() -> list[str]:
    """The script of each step that is typed while the stack is up."""
    text = README.read_text(encoding="utf-8").partition("## Tutorial")[2].partition("## How to")[0]
    blocks = ["\n".join(line for line in step.splitlines() if line.startswith(" " * 7)) for step in text.split("\n\n")]
    typed = ["\n".join(line for line in one.splitlines() if not _is_outside(line)) for one in blocks]
    return [one.replace("uv run ", "") for one in typed if one.strip()]


def _is_outside(line: str) -> bool:
    return any(word in line for word in BEFORE_AND_AFTER)


@pytest.mark.slow
def test_the_tutorial_ends_with_a_profile_a_ranking_and_a_verified_store(local: StackSettings) -> None:
    settings = own_job(local, "tutorial")
    prepare(local, settings, CARS)
    send, ask, rank, check = steps()
    with running(local, settings, parallelism=1), api(settings) as place:
        environ = os.environ | client_environ(local) | environment(settings)
        environ |= {"KEY": str(local_key(settings, "tutorial")), "PENCHANT_API_PORT": place.url.rpartition(":")[2]}
        environ |= {"PATH": f"{Path(sys.executable).parent}:{environ['PATH']}"}

        def typed(script: str) -> str:
            words = ["bash", "-euo", "pipefail", "-c", script.replace(API, place.url)]
            done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        typed(send)
        until(lambda: json.loads(typed(ask))["evidence"] == "some")
        ranked = json.loads(typed(rank))["scores"]
        assert [one["id"] for one in ranked] == ["a", "c", "b"]
        assert set(ranked[0]["parts"]) == {"make", "price"}
        assert re.search(r"^verified: .+ the books balance$", typed(check), re.MULTILINE)
