"""The local stack on real processes, with ports and a directory of its own."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, Producer

from flink_job.local import kafka, processes, stack
from flink_job.local.settings import StackSettings, stack_settings
from flink_job.local.state import Life, PartState, Phase, holder

PORTS = ("kafka_port", "kafka_controller_port", "store_port", "store_storage_port", "flink_rest_port", "flink_rpc_port")


def own_settings(directory: Path) -> StackSettings:
    ports = {f"PENCHANT_{name.upper()}": str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
    return stack_settings(os.environ | ports | {"PENCHANT_STACK_DIRECTORY": str(directory)})


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackSettings]:
    """A running stack without the API; it goes down even when the tests are killed."""
    settings = own_settings(tmp_path_factory.mktemp("stack"))
    try:
        stack.up(settings, without=("api",), owner=os.getpid())
        yield settings
    finally:
        stack.down(settings, wipe=True)


def part(settings: StackSettings, name: str) -> PartState:
    return next(part for part in stack.status(settings).parts if part.name == name)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_second_up_changes_nothing(settings: StackSettings) -> None:
    before = stack.status(settings)
    assert before.phase is Phase.UP
    assert stack.up(settings, without=("api",)) is False
    assert stack.status(settings) == before


def test_the_log_stamps_each_record_with_its_own_time(settings: StackSettings) -> None:
    kafka.create_topics(settings)
    kafka.create_topics(settings)
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    producer.produce(kafka.EVENTS, b"{}", key=b"user", timestamp=1000)
    assert producer.flush(30) == 0
    consumer = Consumer(
        {"bootstrap.servers": settings.kafka_bootstrap, "group.id": "test", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([kafka.EVENTS])
    record = consumer.poll(60)
    consumer.close()
    assert record.timestamp()[0] == TIMESTAMP_LOG_APPEND_TIME
    assert record.timestamp()[1] > 1000


@pytest.mark.parametrize("name", ["taskmanager-1", "kafka"])
def test_a_killed_part_comes_back(settings: StackSettings, name: str) -> None:
    first = part(settings, name).pid
    assert first is not None
    psutil.Process(first).kill()
    until(lambda: part(settings, name).life is Life.READY and part(settings, name).pid != first)
    until(lambda: stack.status(settings).phase is Phase.UP)


def test_nothing_is_left_when_the_supervisor_was_killed(settings: StackSettings) -> None:
    supervisor = holder(settings.directory)
    assert supervisor is not None
    psutil.Process(supervisor).kill()
    until(lambda: holder(settings.directory) is None)
    assert stack.status(settings).phase is Phase.STOPPED
    assert len(processes.marked(settings.directory)) == 5
    assert stack.down(settings) == 5
    assert processes.marked(settings.directory) == []


def test_a_stack_goes_down_with_its_owner(tmp_path: Path) -> None:
    settings = own_settings(tmp_path)
    owner = psutil.Popen(["sleep", "600"])
    stack.up(settings, without=("cassandra", "flink", "api"), owner=owner.pid)
    owner.kill()
    owner.wait()
    until(lambda: holder(settings.directory) is None)
    assert processes.marked(settings.directory) == []
