"""A TaskManager dies by kill -9 while traffic streams: nothing is lost and nothing is counted twice."""

import threading

import msgspec
import psutil
from running import DISORDER, assert_exact, own_job, prepare, produce, running, traffic, until

from flink_job.local import flink, stack
from flink_job.local.settings import StackSettings
from flink_job.local.state import Life, PartState
from flink_job.progress import LogPosition
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load

CARS = load("cars")
EVENTS = 6_000
RATE = 120.0
SUBTASKS = 3
"""More than one TaskManager has slots, so that each of the two runs a part of the job."""


def test_a_killed_taskmanager_leaves_no_trace_in_the_profiles(local: StackSettings) -> None:
    settings = own_job(local, "killed")
    prepare(local, settings, CARS)
    messages = traffic(CARS, msgspec.structs.replace(DISORDER, users=300), EVENTS)
    feed = threading.Thread(target=produce, args=(settings, messages, RATE))
    with running(local, settings, parallelism=SUBTASKS) as submitted:
        feed.start()
        _await_checkpointed(settings, EVENTS // 10)
        victim = _taskmanager(local).pid
        assert victim is not None
        psutil.Process(victim).kill()
        assert feed.is_alive()
        until(lambda: flink.job_state(local, submitted) != "RUNNING")
        feed.join()
        report = assert_exact(settings, CARS)
        assert flink.exceptions(local, submitted)["exceptionHistory"]["entries"]
    assert _taskmanager(local).life is Life.READY
    assert _taskmanager(local).pid != victim
    assert report.books.produced == EVENTS


def _await_checkpointed(settings: JobSettings, records: int) -> None:
    position = LogPosition(settings)
    until(lambda: sum(position.committed().values()) > records)
    position.close()


def _taskmanager(local: StackSettings) -> PartState:
    return next(part for part in stack.status(local).parts if part.name == "taskmanager-1")
