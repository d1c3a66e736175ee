"""Waiting: the record that comes next in a partition, by the time at which the log took it.

In: positions. Out: append times, or None where no record is left before the end: the ends of transactions, and what
they took back, have offsets as well, which nobody who reads ever meets.
"""

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from cql.job_report import Position
from flink_job.log import is_end

_TIMEOUT_S = 5.0


class Waiting:
    """Asks the log, and remembers a record for as long as it is the next one."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        """`consumer` must tell ends of partitions. It is assigned to one after the other."""
        self._consumer = consumer
        self._topic = topic
        self._known: dict[int, tuple[int, int]] = {}

    def append_ms(self, position: Position) -> int | None:
        """When the log took the next record; None where none is left. Raises KafkaException."""
        if position.lag <= 0:
            return None
        offset, known_ms = self._known.get(position.partition, (-1, 0))
        if offset == position.next_offset:
            return known_ms
        found_ms = _append_ms(self._next(position), position.log_end)
        if found_ms is not None:
            self._known[position.partition] = position.next_offset, found_ms
        return found_ms

    def _next(self, position: Position) -> Message | None:
        self._consumer.assign([TopicPartition(self._topic, position.partition, position.next_offset)])
        try:
            return self._consumer.poll(_TIMEOUT_S)
        finally:
            self._consumer.unassign()


def _append_ms(message: Message | None, end: int) -> int | None:
    """Of a record before `end`; a record from there on, or the news that there is none, says that none is left."""
    if message is None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
    # A broker that was chosen just now may know of less than the one before: then that is no end.
    if message.error() and not (is_end(message) and message.offset() >= end):
        raise KafkaException(message.error())
    return None if message.offset() >= end else int(message.timestamp()[1])
