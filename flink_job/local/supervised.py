"""One part of the stack over its lives: started, watched, started again when it has died.

In: a Part, a clock in seconds, and `step` called again and again. Out: its state. A part that was never ready and dies,
or is not ready in time, has failed: that is a wrong setting and no accident. One that was ready before is started again
without limit.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil

from flink_job.local import processes
from flink_job.local.part import Part
from flink_job.local.state import Life, PartState

STARTING_EVERY_S = 0.3
READY_EVERY_S = 5.0
LONGEST_PAUSE_S = 15.0
CALM_S = 60.0


class Supervised:
    """A part and its process."""

    def __init__(self, part: Part, directory: Path, *, clock: Callable[[], float], timeout: float) -> None:
        """`timeout` is the longest wait in seconds until the part is ready after a start."""
        self.part = part
        self.life = Life.WAITING
        self.log = directory / "logs" / f"{part.name}.log"
        self.restarts = 0
        self.detail = ""
        self._directory = directory
        self._clock = clock
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._was_ready = False
        self._started = 0.0
        self._ready_after: float | None = None
        self._due = 0.0
        self._pause = 0.5

    @property
    def pid(self) -> int | None:
        """The process id of the present life."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def state(self) -> PartState:
        """What the state file says of this part."""
        log, after = str(self.log), self._ready_after
        return PartState(self.part.name, self.life, self.part.address, log, self.pid, self.restarts, after, self.detail)

    def step(self, *, free: bool) -> None:
        """Do what is due. `free` tells whether the parts that must come first are ready."""
        if self.life is Life.WAITING:
            if free:
                self._start()
        elif self.life is Life.RESTARTING:
            if self._clock() >= self._due:
                self._restart()
        elif self._process is not None and self._process.poll() is not None:
            self._died(f"ended with code {self._process.returncode}")
        elif self._clock() >= self._due:
            self._check()

    def leave(self) -> psutil.Process | None:
        """Watch the part no more, and give its process, if it lives, to be ended."""
        pid, self.life = self.pid, Life.STOPPED
        return psutil.Process(pid) if pid else None

    def reap(self) -> None:
        """Take note of the process's end, so that it does not stay as a zombie."""
        if self._process is not None:
            self._process.wait()

    def _start(self) -> None:
        self.part.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environ = self.part.marked(dict(os.environ), self._directory)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.part.command,
                env=environ,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.life, self.detail, self._started, self._due = Life.STARTING, "", self._clock(), 0.0

    def _restart(self) -> None:
        # What the dead process has left, such as Flink's Python workers, would hold its ports or its files.
        processes.sweep(self._directory, self.part.name)
        self._start()

    def _check(self) -> None:
        assert self._process is not None
        if self.part.ready(self._process.pid):
            self._is_ready()
        elif self.life is Life.READY:
            self.life, self.detail = Life.UNREADY, "runs but does not answer"
        elif self.life is Life.STARTING and self._clock() - self._started > self._timeout:
            self._too_late()
        self._due = self._clock() + (READY_EVERY_S if self.life is Life.READY else STARTING_EVERY_S)

    def _is_ready(self) -> None:
        if self.life is Life.STARTING:
            self._ready_after = round(self._clock() - self._started, 1)
        self.life, self.detail, self._was_ready = Life.READY, "", True

    def _too_late(self) -> None:
        assert self._process is not None
        processes.end([psutil.Process(self._process.pid)])
        self._process.wait()
        self._died(f"not ready within {self._timeout:.0f} s")

    def _died(self, why: str) -> None:
        self.detail = why
        self.life = Life.RESTARTING if self._was_ready else Life.FAILED
        calm = self._clock() - self._started > CALM_S
        self._pause = 0.5 if calm else min(2 * self._pause, LONGEST_PAUSE_S)
        self._due = self._clock() + self._pause
        self.restarts += self.life is Life.RESTARTING
