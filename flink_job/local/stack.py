"""The whole stack from outside: bring it up, look at it, take it down; or all of it for as long as a process needs it.

In: the stack's settings. Out: its state. `up`, `status` and `down` can be called at any time and again; a supervisor of
their own holds the parts.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil

from flink_job.local import jars, job, parts, preflight, processes
from flink_job.local.settings import StackSettings, client_environ
from flink_job.local.state import LOCK, Phase, StackState, holder, read_state
from flink_job.local.supervisor import tail
from udfs.errors import StackError

POLL_S = 0.1
_ENDING_S = 4 * processes.GRACE_S

Progress = Callable[[StackState], None]
"""Told of the state whenever it was looked at."""


def ignore(_: StackState) -> None:
    """The progress of a caller who wants none."""


def up(
    settings: StackSettings,
    *,
    without: Sequence[str] = (),
    owner: int | None = None,
    progress: Progress = ignore,
    say: Callable[[str], None] = print,
) -> bool:
    """Bring the stack up and wait until all parts are ready; False when it was up already. Raises StackError.

    `owner` is a process id: the stack goes down by itself when that process is gone. `say` is told of long steps.
    """
    wanted = [part.name for part in parts.parts_of(settings, without)]
    if _is_up(settings.directory, wanted):
        return False
    if holder(settings.directory) is None:
        preflight.check(settings)
        _fetch(settings, say)
        _start(settings, without, owner)
    _await(settings, progress)
    return True


@contextmanager
def passing(settings: StackSettings, *, without: Sequence[str] = (), say: Callable[[str], None]) -> Iterator[None]:
    """A stack that is empty at first, and gone when it is left or its process is. Raises StackError."""
    vacate(settings)
    try:
        say("starting the stack")
        up(settings, without=without, owner=os.getpid(), say=say)
        yield
    finally:
        say("stopping everything")
        down(settings, wipe=True)


def vacate(settings: StackSettings) -> None:
    """Delete what a passing stack has left behind that died. Raises StackError if one lives: it belongs to somebody."""
    deadline = time.monotonic() + _ENDING_S
    while (pid := holder(settings.directory)) is not None:
        # One whose owner has died is about to end.
        if not _is_ending(settings.directory) or time.monotonic() > deadline:
            message = (
                f"a stack runs in {settings.directory} already, under process {pid}; end what has started it, or "
                f"`PENCHANT_STACK_DIRECTORY={settings.directory} penchant down --wipe`"
            )
            raise StackError(message)
        time.sleep(POLL_S)
    down(settings, wipe=True)


def status(settings: StackSettings) -> StackState:
    """The present state; its failure also names jobs that do not go on. Without a living supervisor, all is stopped."""
    state = read_state(settings.directory)
    pid = holder(settings.directory)
    if state is None or pid is None:
        left = len(processes.marked(settings.directory))
        failure = f"{left} processes are left from a crash; `penchant down` ends them" if left else ""
        return StackState(pid or 0, Phase.STOPPED, failure=failure)
    records = job.records(settings)
    refused = [f"job {one.name} cannot go on: {one.refused}" for one in records if one.refused]
    tried = [f"job {one.name} was lost and is tried again: {one.trouble}" for one in records if one.trouble]
    return msgspec.structs.replace(state, failure="\n".join(filter(None, [state.failure, *refused, *tried])))


def down(settings: StackSettings, *, wipe: bool = False) -> int:
    """End everything of this stack and forget its jobs; the number of processes ended beside the supervisor's own.

    `wipe` also deletes its directory: data, checkpoints and logs.
    """
    pid = holder(settings.directory)
    if pid:
        _end_supervisor(settings.directory, pid)
    swept = processes.sweep(settings.directory)
    for record in job.records(settings):
        job.forget(settings, record.job)
    if wipe and (settings.directory / LOCK).exists():
        shutil.rmtree(settings.directory.resolve())
        if settings.directory.is_symlink():
            settings.directory.unlink()
    return swept


def _is_ending(directory: Path) -> bool:
    state = read_state(directory)
    return state is not None and state.phase is Phase.STOPPING


def _fetch(settings: StackSettings, say: Callable[[str], None]) -> None:
    for component in jars.missing(settings.jars, jars.ALL):
        say(f"bringing the jars of {component.name} {component.version} through Maven, once")
        jars.fetch(component, settings.jars)


def _is_up(directory: Path, wanted: Sequence[str]) -> bool:
    state = read_state(directory)
    if holder(directory) is None or state is None or not state.parts:
        return False
    absent = [name for name in wanted if name not in {part.name for part in state.parts}]
    if absent:
        message = f"the stack runs without {', '.join(absent)}; `penchant down`, then `penchant up`"
        raise StackError(message)
    return state.phase is Phase.UP


def _start(settings: StackSettings, without: Sequence[str], owner: int | None) -> None:
    """Start a supervisor in the background; when this returns it holds the lock, or another one does."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    environ = os.environ | client_environ(settings)
    command = [sys.executable, "-m", "flink_job.local.supervisor", str(owner or 0), *without]
    with (settings.logs / "supervisor.log").open("ab") as log:
        subprocess.run(
            command,
            env=environ,
            cwd=settings.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )


def _await(settings: StackSettings, progress: Progress) -> None:
    deadline = time.monotonic() + 2 * settings.start_timeout_s
    while time.monotonic() < deadline:
        alive = holder(settings.directory) is not None
        state = read_state(settings.directory)
        if state is not None:
            progress(state)
        if not alive:
            raise StackError(_why_not(settings, state))
        if state is not None and state.phase is Phase.UP:
            return
        time.sleep(POLL_S)
    message = "the stack is not up in time, but still tries; `penchant status` shows which part is missing"
    raise StackError(message)


def _why_not(settings: StackSettings, state: StackState | None) -> str:
    if state is not None and state.failure:
        return state.failure
    log = settings.logs / "supervisor.log"
    return f"the supervisor ended before all was ready; the end of {log}:\n{tail(log)}"


def _end_supervisor(directory: Path, pid: int) -> None:
    try:
        process = psutil.Process(pid)
        process.terminate()
        process.wait(timeout=_ENDING_S)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(timeout=processes.GRACE_S)
    except psutil.NoSuchProcess:
        return
