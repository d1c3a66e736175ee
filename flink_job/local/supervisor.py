"""The process behind `penchant up`: starts the parts in order, keeps them running, and ends them all.

In: the stack's settings from the environment, and the parts to leave out from the command line. Out: the state file.
Holds the stack's lock while it lives; ends on SIGTERM, on SIGINT, when a part cannot start, or when the process that
owns the stack is gone.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from flink_job.local import preflight, processes
from flink_job.local.part import Part
from flink_job.local.parts import parts_of
from flink_job.local.revival import Revival
from flink_job.local.settings import StackSettings, stack_settings
from flink_job.local.state import Life, Lock, Phase, StackState, write_state
from flink_job.local.supervised import Supervised
from udfs.errors import PenchantError

TICK_S = 0.1


class Supervisor:
    """All parts of one stack."""

    def __init__(self, parts: Sequence[Part], directory: Path, *, clock: Callable[[], float], timeout: float) -> None:
        """`parts` in the order in which they are listed."""
        self._parts = [Supervised(part, directory, clock=clock, timeout=timeout) for part in parts]
        self._directory = directory
        self._was_up = False
        self._written: StackState | None = None

    @property
    def phase(self) -> Phase:
        """The whole stack's state while it runs."""
        lives = {part.life for part in self._parts}
        if Life.FAILED in lives:
            return Phase.FAILED
        if lives <= {Life.READY}:
            return Phase.UP
        return Phase.DEGRADED if self._was_up else Phase.STARTING

    def pid(self, name: str) -> int | None:
        """The process id of a part that is ready, else None."""
        return next((part.pid for part in self._parts if part.part.name == name and part.life is Life.READY), None)

    def step(self) -> Phase:
        """Let each part do what is due, and write the state if it has changed."""
        ready = {part.part.name for part in self._parts if part.life is Life.READY}
        names = {part.part.name for part in self._parts}
        for part in self._parts:
            part.step(free=all(name in ready or name not in names for name in part.part.after))
        self._was_up = self._was_up or self.phase is Phase.UP
        self._write(self.phase, self._failure())
        return self.phase

    def stop(self) -> None:
        """End every part and whatever they have left behind."""
        failure = self._failure()
        self._write(Phase.STOPPING, failure)
        processes.end([process for part in self._parts if (process := part.leave())])
        for part in self._parts:
            part.reap()
        processes.sweep(self._directory)
        self._write(Phase.FAILED if failure else Phase.STOPPED, failure)

    def _failure(self) -> str:
        return "\n".join(
            f"{part.part.name} {part.detail}; the end of {part.log}:\n{tail(part.log)}"
            for part in self._parts
            if part.life is Life.FAILED
        )

    def _write(self, phase: Phase, failure: str) -> None:
        state = StackState(os.getpid(), phase, tuple(part.state for part in self._parts), failure)
        if state == self._written:
            return
        try:
            write_state(self._directory, state)
        except OSError as exc:
            # A full disk, on which the log lies as well, is no reason to leave the parts to themselves.
            with suppress(OSError):
                print(f"the state cannot be written: {exc}", file=sys.stderr, flush=True)
        else:
            self._written = state


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for a message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"


def run(settings: StackSettings, without: Sequence[str], owner: int | None) -> int:
    """Supervise until told to end; the exit code. Needs the lock."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    processes.sweep(settings.directory)
    parts = parts_of(settings, without)
    preflight.check_ports({name: port for part in parts for name, port in part.ports.items()})
    supervisor = Supervisor(parts, settings.directory, clock=time.monotonic, timeout=settings.start_timeout_s)
    revival = Revival(settings, clock=time.monotonic)
    try:
        while not stop.wait(TICK_S) and supervisor.step() is not Phase.FAILED and _lives(owner):
            revival.step(supervisor.pid("jobmanager"))
    finally:
        supervisor.stop()
    return 0


def main(argv: Sequence[str]) -> int:
    """Take the lock and supervise in the background. `argv`: the owner's process id or 0, then parts to leave out."""
    settings = stack_settings(os.environ)
    lock = Lock(settings.directory)
    if not lock.take():
        return 0
    write_state(settings.directory, StackState(0, Phase.STARTING))
    if os.fork():
        # The caller of `up` gets an end to wait for; the child keeps the lock.
        return 0
    lock.sign()
    try:
        return run(settings, argv[1:], int(argv[0]) or None)
    except PenchantError as exc:
        write_state(settings.directory, StackState(os.getpid(), Phase.FAILED, failure=str(exc)))
        return 1


def _lives(owner: int | None) -> bool:
    try:
        return owner is None or psutil.Process(owner).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
