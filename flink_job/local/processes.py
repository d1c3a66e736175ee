"""Processes of a stack, found by the variable that all of them carry: also those whose parent is dead."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from flink_job.local.part import MARKER, PART_MARKER

GRACE_S = 15.0


def marked(directory: Path, part: str | None = None) -> list[psutil.Process]:
    """The living processes of a stack, or of one part of it; never the caller or one of its parents."""
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    others = (process for process in psutil.process_iter() if process.pid not in mine)
    return [process for process in others if _belongs(process, directory, part)]


def sweep(directory: Path, part: str | None = None) -> int:
    """End every process that `marked` finds, also those started meanwhile; their number."""
    ended = 0
    while found := marked(directory, part):
        ended += len(found)
        end(found)
    return ended


def end(processes: Iterable[psutil.Process], grace: float = GRACE_S) -> None:
    """Ask processes to end, and kill those that have not after `grace` seconds."""
    asked = list(processes)
    for process in asked:
        _signal(process, kill=False)
    _, stubborn = psutil.wait_procs(asked, timeout=grace)
    for process in stubborn:
        _signal(process, kill=True)
    psutil.wait_procs(stubborn, timeout=grace)


def memory(pid: int) -> int:
    """Resident bytes of a process and all below it; 0 when it is gone."""
    return sum(_resident(process) for process in _family(pid))


def owner(port: int) -> str:
    """Who listens on a TCP port, in words, as far as the system tells."""
    pid = next((pid for listening, pid in _listening() if listening == port and pid), None)
    return f"pid {pid} ({_name(pid)})" if pid else "another process"


def _belongs(process: psutil.Process, directory: Path, part: str | None) -> bool:
    try:
        environ = process.environ()
    except (psutil.Error, OSError):
        return False
    return environ.get(MARKER) == str(directory) and part in (None, environ.get(PART_MARKER))


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return


def _family(pid: int) -> Iterator[psutil.Process]:
    try:
        process = psutil.Process(pid)
        yield process
        yield from process.children(recursive=True)
    except psutil.Error:
        return


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _listening() -> list[tuple[int, int | None]]:
    try:
        found = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return []
    return [(one.laddr.port, one.pid) for one in found if one.laddr and one.status == psutil.CONN_LISTEN]


def _name(pid: int) -> str:
    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return "unknown"
