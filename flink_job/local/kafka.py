"""Kafka: one process that is broker and controller, and the topics Penchant needs.

In: the stack's settings. Out: the part to supervise, and topics whose records carry the time at which the log took
them.
"""

import base64
import json
import logging
import shutil
import subprocess
import time
import uuid
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    ResourceType,
)

from flink_job.local import jars
from flink_job.local.log4j import CONSOLE
from flink_job.local.part import Part
from flink_job.local.settings import HOST, StackSettings
from flink_job.settings import MAX_EVENT_BYTES, MAX_LETTER_BYTES
from udfs.errors import StackError

EVENTS = "events"
REJECTED = "events.rejected"
WAIT_S = 30

_SILENT = logging.Logger("kafka", level=logging.CRITICAL)

_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
log.message.timestamp.type=LogAppendTime
auto.create.topics.enable=false
num.partitions=4
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def part(settings: StackSettings) -> Part:
    """Kafka as a part of the stack. Its jars must be in the cache."""
    directory = settings.directory / "kafka"
    return Part(
        name="kafka",
        command=(*_java(settings, directory), "kafka.Kafka", str(directory / "server.properties")),
        address=settings.kafka_bootstrap,
        ports={
            "PENCHANT_KAFKA_PORT": settings.kafka_port,
            "PENCHANT_KAFKA_CONTROLLER_PORT": settings.kafka_controller_port,
        },
        ready=lambda _: answers(settings.kafka_bootstrap),
        prepare=partial(prepare, settings, directory),
    )


def prepare(settings: StackSettings, directory: Path) -> None:
    """Write Kafka's configuration; format its storage when it is new."""
    data = directory / "data"
    data.mkdir(parents=True, exist_ok=True)
    # Kafka reads its properties as Latin-1, with other characters escaped as JSON escapes them.
    place = json.dumps(str(data))[1:-1]
    values = {"host": HOST, "port": settings.kafka_port, "controller": settings.kafka_controller_port, "data": place}
    properties = directory / "server.properties"
    properties.write_text(_PROPERTIES.format_map(values))
    (directory / "log4j2.properties").write_text(CONSOLE)
    if not (data / "meta.properties").exists():
        _format(settings, directory, properties)


def answers(bootstrap: str) -> bool:
    """Whether the broker lists its topics."""
    try:
        _admin(bootstrap).list_topics(timeout=2)
    except KafkaException:
        return False
    return True


def create_topics(
    settings: StackSettings, *, events: str = EVENTS, rejected: str = REJECTED, partitions: int = 4
) -> None:
    """Create both topics, or bring the settings of existing ones in line. Raises StackError.

    Nothing expires from either: `penchant verify` reads the whole log. A dead letter holds a whole record and its
    origin, so it may be four times as large as an event.
    """
    admin = _admin(settings.kafka_bootstrap)
    for topic, size in ((events, MAX_EVENT_BYTES), (rejected, MAX_LETTER_BYTES)):
        config = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": str(size), "retention.ms": "-1"}
        try:
            _ensure(admin, topic, partitions, config)
        except TimeoutError as exc:
            message = f"Kafka at {settings.kafka_bootstrap} does not answer; `penchant up` starts one"
            raise StackError(message) from exc
        except KafkaException as exc:
            message = f"Kafka at {settings.kafka_bootstrap} did not create topic {topic}: {exc.args[0]}"
            raise StackError(message) from exc


def _ensure(admin: AdminClient, topic: str, partitions: int, config: dict[str, str]) -> None:
    try:
        admin.create_topics([NewTopic(topic, partitions, 1, config=config)])[topic].result(timeout=WAIT_S)
    except KafkaException as exc:
        if exc.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
        _alter(admin, topic, config)
    _await_leaders(admin, topic)


def _alter(admin: AdminClient, topic: str, config: dict[str, str]) -> None:
    entries = [
        ConfigEntry(name, value, ConfigSource.DYNAMIC_TOPIC_CONFIG, incremental_operation=AlterConfigOpType.SET)
        for name, value in config.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    admin.incremental_alter_configs([resource])[resource].result(timeout=WAIT_S)


def _await_leaders(admin: AdminClient, topic: str) -> None:
    """Wait until the broker knows what the controller has created; until then it denies that there is such a topic."""
    deadline = time.monotonic() + WAIT_S
    while not _has_leaders(admin, topic):
        if time.monotonic() > deadline:
            raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))
        time.sleep(0.05)


def _has_leaders(admin: AdminClient, topic: str) -> bool:
    found = admin.list_topics(timeout=WAIT_S).topics.get(topic)
    return found is not None and bool(found.partitions) and all(one.leader >= 0 for one in found.partitions.values())


def _format(settings: StackSettings, directory: Path, properties: Path) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [*_java(settings, directory), "kafka.tools.StorageTool", "format"]
    done = subprocess.run([*command, f"--cluster-id={cluster}", "-c", str(properties)], capture_output=True, text=True)
    if done.returncode != 0:
        # A half written directory would be refused for ever.
        shutil.rmtree(directory / "data", ignore_errors=True)
        message = f"Kafka could not format {directory / 'data'}: {(done.stderr or done.stdout).strip()[-500:]}"
        raise StackError(message)


def _java(settings: StackSettings, directory: Path) -> tuple[str, ...]:
    heap = f"-Xmx{settings.kafka_memory}m"
    logs = f"-Dlog4j2.configurationFile={directory / 'log4j2.properties'}"
    return settings.java, heap, logs, "-cp", f"{jars.KAFKA.directory(settings.jars)}/*"


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap}, logger=_SILENT)
