"""Prometheus's own checker of rules, where it is installed."""

import shutil
import subprocess

import pytest

_FOUND = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(_FOUND is None, reason="promtool is absent; install the package prometheus")


def promtool(*arguments: object) -> None:
    done = subprocess.run([str(_FOUND), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
