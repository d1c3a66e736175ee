"""Reporting: what the job tells of itself beside its progress: how fast, how far behind, and what it refused.

In: positions in the log, and the rejected topic, counted on from where the last report had come. Out: a `JobReport`.
The count survives restarts because the offsets up to which it counts stand in the same row.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from cql.job_report import JobReport, Position, Rejected
from cql.writer import Writer
from flink_job.broker import librdkafka
from flink_job.growth import Growth
from flink_job.letter import FOREIGN
from flink_job.log import translated
from flink_job.settings import JobSettings

_WINDOW_MS = 60_000
"""Offsets are committed once a checkpoint, in leaps: over a shorter time a rate would jump."""
_TIMEOUT_S = 5.0
_WAIT_S = 0.2
_MOST_LETTERS = 5_000
_UNREADABLE = "unreadable"


class _Letter(msgspec.Struct):
    reason: str


_letter = msgspec.json.Decoder(_Letter).decode


class Reporting:
    """Makes reports, one after another."""

    def __init__(self, settings: JobSettings, writer: Writer) -> None:
        """Asks nothing before the first report."""
        self._settings = settings
        self._writer = writer
        self._covered = Growth(_WINDOW_MS)
        self._count: LetterCount | None = None

    def report(self, positions: Sequence[Position], now_ms: int) -> JobReport:
        """The report as of `now_ms`. Raises LogUnavailable, StoreError or EncodingError."""
        covered, elapsed_ms = self._covered.read(sum(position.next_offset for position in positions), now_ms)
        return JobReport(now_ms, list(positions), covered, elapsed_ms / 1000, self._counted().read())

    def close(self) -> None:
        """Disconnect."""
        if self._count is not None:
            self._count.close()

    def _counted(self) -> "LetterCount":
        if self._count is None:
            told = self._writer.told()
            self._count = LetterCount(self._settings, told.rejected if told else Rejected())
        return self._count


class LetterCount:
    """Counts dead letters by reason as they come."""

    def __init__(self, settings: JobSettings, counted: Rejected) -> None:
        """Goes on after `counted`. Connects when first read."""
        self._topic = settings.rejected_topic
        self._counts = Counter(counted.by_reason)
        self._next = dict(counted.next_offsets)
        self._assigned = False
        self._consumer = Consumer(
            librdkafka(settings)
            | {
                "group.id": "penchant.reader",
                "enable.auto.commit": False,
                # Letters that the topic no longer has cannot be counted any more.
                "auto.offset.reset": "earliest",
            }
        )

    def read(self) -> Rejected:
        """All that was counted so far; a long backlog takes several readings. Raises LogUnavailable."""
        with translated(self._topic):
            self._assign()
            for message in self._consumer.consume(_MOST_LETTERS, _WAIT_S):
                self._add(message)
        return Rejected(dict(self._counts), dict(self._next))

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def _assign(self) -> None:
        if self._assigned:
            return
        found = self._consumer.list_topics(self._topic, _TIMEOUT_S).topics[self._topic]
        if found.error is not None:
            raise KafkaException(found.error)
        self._consumer.assign([TopicPartition(self._topic, one, self._next.get(one, 0)) for one in found.partitions])
        self._assigned = True

    def _add(self, message: Message) -> None:
        if message.error() is not None:
            raise KafkaException(message.error())
        self._counts[reason_of(message.value() or b"")] += 1
        self._next[message.partition()] = message.offset() + 1


def reason_of(value: bytes) -> str:
    """The reason that a record of the rejected topic gives; `unreadable` for what is no letter."""
    try:
        return _letter(value).reason
    except FOREIGN:
        return _UNREADABLE
