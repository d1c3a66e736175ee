"""The local stack on real processes."""

from pathlib import Path

import psutil
import pytest
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, Producer
from running import own_settings, part, until

from flink_job.local import kafka, processes, stack
from flink_job.local.settings import StackSettings
from flink_job.local.state import Life, Phase, holder


def test_a_second_up_changes_nothing(local: StackSettings) -> None:
    before = stack.status(local)
    assert before.phase is Phase.UP
    assert stack.up(local, without=("api",)) is False
    assert stack.status(local) == before


def test_the_log_stamps_each_record_with_its_own_time(local: StackSettings) -> None:
    kafka.create_topics(local)
    kafka.create_topics(local)
    producer = Producer({"bootstrap.servers": local.kafka_bootstrap})
    producer.produce(kafka.EVENTS, b"{}", key=b"user", timestamp=1000)
    assert producer.flush(30) == 0
    consumer = Consumer(
        {"bootstrap.servers": local.kafka_bootstrap, "group.id": "test", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([kafka.EVENTS])
    record = consumer.poll(60)
    consumer.close()
    assert record.timestamp()[0] == TIMESTAMP_LOG_APPEND_TIME
    assert record.timestamp()[1] > 1000


@pytest.mark.parametrize("name", ["taskmanager-1", "kafka"])
def test_a_killed_part_comes_back(local: StackSettings, name: str) -> None:
    first = part(local, name).pid
    assert first is not None
    psutil.Process(first).kill()
    until(lambda: part(local, name).life is Life.READY and part(local, name).pid != first)
    until(lambda: stack.status(local).phase is Phase.UP)


def test_nothing_is_left_when_the_supervisor_was_killed(tmp_path: Path) -> None:
    settings = own_settings(tmp_path)
    stack.up(settings, without=("cassandra", "flink", "api"))
    supervisor = holder(settings.directory)
    assert supervisor is not None
    psutil.Process(supervisor).kill()
    until(lambda: holder(settings.directory) is None)
    assert stack.status(settings).phase is Phase.STOPPED
    assert len(processes.marked(settings.directory)) == 1
    assert stack.down(settings) == 1
    assert processes.marked(settings.directory) == []


def test_a_stack_goes_down_with_its_owner(tmp_path: Path) -> None:
    settings = own_settings(tmp_path)
    owner = psutil.Popen(["sleep", "600"])
    stack.up(settings, without=("cassandra", "flink", "api"), owner=owner.pid)
    owner.kill()
    owner.wait()
    until(lambda: holder(settings.directory) is None)
    assert processes.marked(settings.directory) == []
