"""The demo as its user starts it, streaming on until it is told to end."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from running import port_environ

from flink_job.local.canary import Place

PENCHANT = [sys.executable, "-c", "from flink_job.console.main import main; main()"]

BUSY = "user-00000"
"""Nobody is more active in the demo's traffic."""


def demo_environ(directory: Path) -> dict[str, str]:
    """What lets a demo run beside other stacks."""
    own = {"PENCHANT_STACK_DIRECTORY": str(directory / "stack"), "PENCHANT_STORE_TIMEOUT_MS": "20000"}
    return dict(os.environ) | port_environ() | own | {"PYTHONUNBUFFERED": "1"}


@contextmanager
def demo(environ: Mapping[str, str]) -> Iterator[Place]:
    """A demo that streams on: the address of its API, and its key. Ctrl-C ends it."""
    # What a shell starts in the background ignores Ctrl-C, and so would the demo.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [*PENCHANT, "demo", "--events", "6000", "--rate", "400"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _place(process)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=120)


def _place(process: "subprocess.Popen[str]") -> Place:
    assert process.stdout is not None
    said = ""
    while "traffic goes on" not in said and (line := process.stdout.readline()):
        said += line
    found = re.search(r"Bearer (\S+)' (http://[^/]+)", said)
    assert found, said
    return Place(found[2], found[1])
