"""CPU seconds of each part of a stack: where the time goes, as the operating system counts it.

In: the stack's directory. Out: seconds by part, the Python workers of the TaskManagers apart from their JVMs.
"""

from collections import defaultdict
from pathlib import Path

import psutil

from flink_job.local.part import PART_MARKER
from flink_job.local.processes import marked

PYTHON = "python workers"


def cpu_seconds(directory: Path) -> dict[str, float]:
    """User and system seconds so far of all living processes, by part."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for process in marked(directory):
        try:
            times = process.cpu_times()
            seconds[_part(process)] += times.user + times.system
        except psutil.Error:
            continue
    return seconds


def _part(process: psutil.Process) -> str:
    part = process.environ().get(PART_MARKER, "other")
    if not part.startswith("taskmanager"):
        return part
    return "taskmanagers" if process.name() == "java" else PYTHON
