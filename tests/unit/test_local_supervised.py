"""A part over its lives, with small processes in place of the large ones."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TypeAlias

import psutil
import pytest

from flink_job.local import processes
from flink_job.local.part import Part, Ready
from flink_job.local.state import Life, Phase, read_state
from flink_job.local.supervised import Supervised
from flink_job.local.supervisor import Supervisor

Supervise: TypeAlias = Callable[[Part], Supervised]

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
CHILD = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    processes.sweep(tmp_path)


def part(
    command: tuple[str, ...] = SLEEP, *, name: str = "thing", ready: Ready = lambda _: True, after: tuple[str, ...] = ()
) -> Part:
    return Part(name=name, command=command, address="here", ready=ready, after=after)


@pytest.fixture
def supervise(directory: Path, clock: Clock) -> Iterator[Supervise]:
    """Makes parts supervised; those that still run are ended with the test."""
    made: list[Supervised] = []

    def make(thing: Part) -> Supervised:
        made.append(Supervised(thing, directory, clock=clock, timeout=60))
        return made[-1]

    yield make
    processes.sweep(directory)
    for watched in made:
        watched.reap()


def until(watched: Supervised, clock: Clock, *lives: Life) -> None:
    reached(lambda: watched.life in lives, lambda: watched.step(free=True), clock)


def reached(done: Callable[[], bool], step: Callable[[], object], clock: Clock) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        clock.now += 1
        step()
        time.sleep(0.01)


def test_a_part_waits_for_those_before_it(supervise: Supervise, clock: Clock) -> None:
    watched = supervise(part())
    watched.step(free=False)
    assert watched.life is Life.WAITING
    until(watched, clock, Life.READY)


def test_a_killed_part_comes_back_as_another_process(supervise: Supervise, clock: Clock) -> None:
    watched = supervise(part())
    until(watched, clock, Life.READY)
    first = watched.pid
    assert first is not None
    psutil.Process(first).kill()
    until(watched, clock, Life.RESTARTING)
    until(watched, clock, Life.READY)
    assert watched.pid not in (None, first)
    assert watched.restarts == 1


def test_what_a_killed_part_has_started_is_ended_before_it_comes_back(supervise: Supervise, clock: Clock) -> None:
    watched = supervise(part((sys.executable, "-c", CHILD + "time.sleep(600)")))
    until(watched, clock, Life.READY)
    assert watched.pid is not None
    parent = psutil.Process(watched.pid)
    reached(lambda: bool(parent.children()), lambda: None, clock)
    orphan = parent.children()[0]
    parent.kill()
    until(watched, clock, Life.RESTARTING)
    until(watched, clock, Life.READY)
    assert not orphan.is_running()


def test_a_part_that_ends_before_it_was_ever_ready_has_failed(supervise: Supervise, clock: Clock) -> None:
    command = (sys.executable, "-c", "print('no such setting'); raise SystemExit(3)")
    watched = supervise(part(command, ready=lambda _: False))
    until(watched, clock, Life.FAILED)
    assert watched.detail == "ended with code 3"
    assert "no such setting" in watched.log.read_text()


def test_a_part_that_is_not_ready_in_time_has_failed_and_is_ended(
    directory: Path, supervise: Supervise, clock: Clock
) -> None:
    watched = supervise(part(ready=lambda _: False))
    until(watched, clock, Life.FAILED)
    assert watched.detail == "not ready within 60 s"
    assert processes.marked(directory) == []


def test_a_part_that_stops_answering_is_told_but_not_ended(supervise: Supervise, clock: Clock) -> None:
    answers = [True]
    watched = supervise(part(ready=lambda _: answers[0]))
    until(watched, clock, Life.READY)
    first = watched.pid
    answers[0] = False
    until(watched, clock, Life.UNREADY)
    answers[0] = True
    until(watched, clock, Life.READY)
    assert watched.pid == first


def test_the_stack_is_up_when_all_parts_are_ready_and_leaves_nothing_when_stopped(
    directory: Path, clock: Clock
) -> None:
    parts = [part(name="one"), part(name="two", after=("one",))]
    supervisor = Supervisor(parts, directory, clock=clock, timeout=60)
    reached(lambda: supervisor.phase is Phase.UP, supervisor.step, clock)
    assert len(processes.marked(directory)) == 2
    supervisor.stop()
    assert processes.marked(directory) == []
    state = read_state(directory)
    assert state is not None
    assert state.phase is Phase.STOPPED


def test_a_full_disk_does_not_leave_the_parts_to_themselves(
    directory: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor([part()], directory, clock=clock, timeout=60)
    reached(lambda: supervisor.phase is Phase.UP, supervisor.step, clock)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("flink_job.local.supervisor.write_state", full)
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=full, flush=full))
    supervisor.stop()
    assert processes.marked(directory) == []


def test_a_failed_part_is_told_with_the_end_of_its_log(directory: Path, clock: Clock) -> None:
    command = (sys.executable, "-c", "print('disk is full'); raise SystemExit(1)")
    supervisor = Supervisor([part(command, ready=lambda _: False)], directory, clock=clock, timeout=60)
    reached(lambda: supervisor.phase is Phase.FAILED, supervisor.step, clock)
    supervisor.stop()
    state = read_state(directory)
    assert state is not None
    assert state.phase is Phase.FAILED
    assert "thing ended with code 1" in state.failure
    assert "disk is full" in state.failure


def test_a_sweep_ends_only_processes_of_its_own_stack(
    directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    both = [subprocess.Popen(SLEEP, env=part().marked(dict(os.environ), where)) for where in (directory, other)]
    assert processes.sweep(directory) == 1
    assert [process.poll() is None for process in both] == [False, True]
    assert processes.sweep(other) == 1
    assert [process.poll() is None for process in both] == [False, False]
