"""What the supervisor tells the world: one small file, replaced as a whole, and a lock that is held while it lives.

In: the states of the parts. Out: `state.json` in the stack's directory. The lock goes with its process, however that
ends; so a state file without a held lock is history.
"""

import fcntl
import os
from enum import StrEnum
from pathlib import Path

import msgspec

LOCK = "supervisor.lock"
"""The file that tells a stack's directory from any other."""


class Life(StrEnum):
    """Where a part is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    UNREADY = "unready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


class Phase(StrEnum):
    """Where the whole stack is."""

    STARTING = "starting"
    UP = "up"
    DEGRADED = "degraded"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class PartState(msgspec.Struct, frozen=True):
    """One part: `ready_after` is the seconds its last start took, `detail` why it is not ready."""

    name: str
    life: Life
    address: str
    log: str
    pid: int | None = None
    restarts: int = 0
    ready_after: float | None = None
    detail: str = ""


class StackState(msgspec.Struct, frozen=True):
    """The whole stack as its supervisor saw it last."""

    supervisor: int
    phase: Phase
    parts: tuple[PartState, ...] = ()
    failure: str = ""


def read_state(directory: Path) -> StackState | None:
    """The last state written, or None when there is none yet."""
    try:
        return msgspec.json.decode((directory / "state.json").read_bytes(), type=StackState)
    except FileNotFoundError:
        return None


def write_state(directory: Path, state: StackState) -> None:
    """Replace the state file as a whole."""
    draft = directory / "state.draft"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(state)))
    draft.replace(directory / "state.json")


class Lock:
    """The supervisor's lock: at most one process holds it, and none when that process is dead."""

    def __init__(self, directory: Path) -> None:
        """`directory` is created when it is missing."""
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / LOCK).open("a+")

    def take(self) -> bool:
        """Take the lock and sign it; False when another process holds it. A fork of the taker holds it too."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.sign()
        return True

    def sign(self) -> None:
        """Write this process's id into the lock."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Give the lock back."""
        self._file.close()


def holder(directory: Path) -> int | None:
    """The process that holds the lock, or None when no supervisor lives."""
    try:
        file = (directory / LOCK).open()
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0)
    return None
