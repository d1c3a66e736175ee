"""CPU seconds of each part of a stack: where the time goes, as the operating system counts it.

In: the stack's directory. Out: seconds by part, the Python workers of the TaskManagers apart from their JVMs.
"""

import time
from collections import defaultdict
from pathlib import Path

import psutil

from flink_job.local.part import PART_MARKER
from flink_job.local.processes import marked

PYTHON = "python workers"
CLIENT = "bench"
"""The process that measures."""


class Meter:
    """CPU and time from now on."""

    def __init__(self, directory: Path) -> None:
        """`directory` of the stack."""
        self._directory = directory
        self._before = _all_seconds(directory)
        self._began = time.perf_counter()

    def stop(self, done: int) -> tuple[float, dict[str, float]]:
        """Done a second, and microseconds of CPU for each by part."""
        seconds, now = time.perf_counter() - self._began, _all_seconds(self._directory)
        spent = {part: round((now[part] - self._before.get(part, 0.0)) / done * 1e6, 1) for part in sorted(now)}
        return round(done / seconds, 1), {part: cpu for part, cpu in spent.items() if cpu > 0}


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


def _all_seconds(directory: Path) -> dict[str, float]:
    return cpu_seconds(directory) | {CLIENT: time.process_time()}


def _part(process: psutil.Process) -> str:
    part = process.environ().get(PART_MARKER, "other")
    if not part.startswith("taskmanager"):
        return part
    return "taskmanagers" if process.name() == "java" else PYTHON
