"""The log as the job needs it: topics, append time, sizes, what the job may do there, the brokers' clock.

In: the job's settings. Out: findings. Writes nothing.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient, ConfigResource, ResourceType, TopicDescription

from flink_job.broker import librdkafka
from flink_job.doctor.finding import Finding, clock
from flink_job.log import Log, translated
from flink_job.position import LogPosition
from flink_job.settings import MAX_LETTER_BYTES, JobSettings
from udfs.events.batch import HOUR_MS

_TIMEOUT_S = 10.0
_MOST_DRIFT_MS = 2_000
_FOR_EVER = -1

# A broker that does not answer is a finding; the client would tell it twenty times a second as well.
_SILENT = logging.Logger("doctor", level=logging.CRITICAL)


class Topic(NamedTuple):
    """A topic as the brokers describe it; `may` is None where they ask nobody who he is."""

    name: str
    partitions: int
    copies: int
    config: Mapping[str, str]
    may: frozenset[AclOperation] | None


def log_findings(settings: JobSettings, clock_ms: Callable[[], int]) -> Iterator[Finding]:
    """Everything about the log. Raises LogUnavailable."""
    events, rejected = (_topic(settings, name) for name in _names(settings))
    yield from topic_findings(events, settings, AclOperation.READ)
    yield from topic_findings(rejected, settings, AclOperation.WRITE)
    yield letter_size(rejected)
    yield from _offsets(settings, clock_ms)


def topic_findings(topic: Topic, settings: JobSettings, needed: AclOperation) -> Iterator[Finding]:
    """What must hold of either topic."""
    where = f"topic {topic.name!r}"
    yield Finding("log", f"{where}: {topic.partitions} partitions, {topic.copies} copies")
    kind = topic.config["message.timestamp.type"]
    mend = "" if kind == "LogAppendTime" else f"set message.timestamp.type=LogAppendTime on {where}"
    yield Finding("log", f"{where}: message.timestamp.type={kind}", mend)
    yield _retention(where, int(topic.config["retention.ms"]), settings.state_ttl_hours)
    if topic.may is not None:
        mend = "" if needed in topic.may else f"allow {needed.name} on {where} to the user of the job"
        yield Finding("log", f"{where}: may {', '.join(sorted(one.name for one in topic.may))}", mend)


def letter_size(rejected: Topic) -> Finding:
    """The job cuts dead letters that are longer than this, and fails where the topic takes less."""
    size = int(rejected.config["max.message.bytes"])
    mend = f"set max.message.bytes={MAX_LETTER_BYTES} on topic {rejected.name!r}"
    return Finding("log", f"max.message.bytes of dead letters is {size}", "" if size >= MAX_LETTER_BYTES else mend)


def _names(settings: JobSettings) -> tuple[str, str]:
    return settings.events_topic, settings.rejected_topic


def _retention(where: str, retention_ms: int, ttl_hours: int) -> Finding:
    kept = "for ever" if retention_ms == _FOR_EVER else f"{retention_ms / HOUR_MS:.0f} h"
    short = 0 <= retention_ms < ttl_hours * HOUR_MS
    mend = f"set retention.ms of {where} above the {ttl_hours} h that an outage may last" if short else ""
    return Finding("log", f"{where}: records are kept {kept}", mend)


def _offsets(settings: JobSettings, clock_ms: Callable[[], int]) -> Iterator[Finding]:
    """Whether the group's offsets can be read, and what time the newest record was given."""
    with closing(LogPosition(settings)) as position:
        lag = position.lag()
    yield Finding("log", f"group {settings.group!r}: {lag:,} records are not under a checkpoint yet")
    if newest := _newest_ms(settings):
        # Records are older than now in all but one case: the broker's clock is ahead.
        yield clock("log", max(0, newest - clock_ms()), _MOST_DRIFT_MS)


def _newest_ms(settings: JobSettings) -> int | None:
    with Log(settings, settings.events_topic) as log:
        bounds = log.bounds()
        ends = {partition: end for partition, (_, end) in bounds.items()}
        last = {partition: max(first, end - 1) for partition, (first, end) in bounds.items()}
        return max((record.append_ms for record in log.records(ends, last)), default=None)


def _topic(settings: JobSettings, name: str) -> Topic:
    admin = AdminClient(librdkafka(settings), logger=_SILENT)
    with translated(f"topic {name!r} at {settings.kafka_bootstrap}"):
        described = _described(admin, name)
        resource = ConfigResource(ResourceType.TOPIC, name)
        config = admin.describe_configs([resource], request_timeout=_TIMEOUT_S)[resource].result()
    copies = min(len(partition.replicas) for partition in described.partitions)
    may = described.authorized_operations
    values = {key: str(entry.value) for key, entry in config.items()}
    return Topic(name, len(described.partitions), copies, values, None if may is None else frozenset(may))


def _described(admin: AdminClient, name: str) -> TopicDescription:
    asked = admin.describe_topics(
        TopicCollection([name]), include_authorized_operations=True, request_timeout=_TIMEOUT_S
    )
    found = asked[name].result()
    if not found.partitions:
        message = "it has no partitions"
        raise KafkaException(message)
    return found
