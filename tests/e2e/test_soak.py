"""`penchant soak`, shortened: processes are killed on a stack of its own, and the store holds what the log says."""

import json
import os
import subprocess

import pytest
from demonstrated import PENCHANT
from running import port_environ

KILLS = 3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_soak_kills_and_ends_exact() -> None:
    order = ["soak", "--minutes", "2", "--every", "30", "--rate", "100", "--seed", "1", "--json"]
    done = subprocess.run([*PENCHANT, *order], env=os.environ | port_environ(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sum(found["kills"].values()) == KILLS
    assert found["report"]["books"]["produced"] == found["sent"]
