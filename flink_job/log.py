"""The log, read again from its beginning: what `penchant verify` and tests rest on.

In: a topic. Out: its records up to the end that it had when asked, each partition in offset order.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, KafkaException, Message, TopicPartition

from flink_job.broker import COMMITTED, librdkafka
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable
from udfs.events.record import ORIGIN_HEADER, Record

_TIMEOUT_S = 10.0
_SILENCE_S = 30.0
_WAIT_S = 0.2
_CHUNK = 5_000
_FROM_THE_BEGINNING: Mapping[int, int] = {}


class Log:
    """One topic of the log, read without joining a group."""

    def __init__(self, settings: JobSettings, topic: str) -> None:
        """Connects when first used."""
        self._topic = topic
        self._consumer = Consumer(
            librdkafka(settings)
            | COMMITTED
            | {
                "group.id": "penchant.reader",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                # The last offsets of a partition may be those of markers, which no message ever has.
                "enable.partition.eof": True,
            }
        )

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def ends(self) -> dict[int, int]:
        """The next offset of every partition. Raises LogUnavailable."""
        return {place.partition: self._bounds(place)[1] for place in self._places()}

    def bounds(self) -> dict[int, tuple[int, int]]:
        """The first offset and the next one of every partition. Raises LogUnavailable."""
        return {place.partition: self._bounds(place) for place in self._places()}

    def records(self, ends: dict[int, int], starts: Mapping[int, int] = _FROM_THE_BEGINNING) -> Iterator[Record]:
        """Every record from `starts` and before `ends`, one partition after another.

        Raises LogUnavailable, also where the log has lost what it had from a start on: it may do so meanwhile.
        """
        for partition, end in ends.items():
            start = self._start(partition, starts.get(partition))
            if start < end:
                yield from self._partition(TopicPartition(self._topic, partition, start), end)

    def _start(self, partition: int, asked: int | None) -> int:
        first, _ = self._bounds(TopicPartition(self._topic, partition))
        if asked is not None and asked < first:
            message = f"{self._topic}/{partition}: the log begins at {first}, so records from {asked} on are lost"
            raise LogUnavailable(message)
        return first if asked is None else asked

    def _partition(self, start: TopicPartition, end: int) -> Iterator[Record]:
        self._consumer.assign([start])
        position = start.offset
        while position < end:
            for message in self._next(start.partition, min(_CHUNK, end - position), end):
                if is_end(message) or (record := _record(message)).offset >= end:
                    return
                position = record.offset + 1
                yield record

    def _next(self, partition: int, most: int, end: int) -> list[Message]:
        # `consume` waits for as many as it is asked for, so it is asked for a little time at a time.
        for _ in range(round(_SILENCE_S / _WAIT_S)):
            found = self._consumer.consume(most, _WAIT_S)
            # A broker that was chosen just now may know of less than the one before: its end is none.
            if told := [one for one in found if not is_end(one) or one.offset() >= end]:
                return told
        message = f"{self._topic}/{partition}: nothing came for {_SILENCE_S:.0f} s"
        raise LogUnavailable(message)

    def _places(self) -> list[TopicPartition]:
        with translated(self._topic):
            found = self._consumer.list_topics(self._topic, _TIMEOUT_S).topics[self._topic]
            if found.error is not None:
                raise KafkaException(found.error)
        return [TopicPartition(self._topic, number) for number in sorted(found.partitions)]

    def _bounds(self, place: TopicPartition) -> tuple[int, int]:
        with translated(f"{self._topic}/{place.partition}"):
            first, end = self._consumer.get_watermark_offsets(place, _TIMEOUT_S, cached=False)
        return first, end


def is_end(message: Message) -> bool:
    """Whether it is no message but the news that the partition has no further one."""
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Kafka's errors inside become LogUnavailable; `where` names the topic."""
    try:
        yield
    except KafkaException as exc:
        message = f"{where}: {exc.args[0]}; is Kafka up, and is the topic's name right?"
        raise LogUnavailable(message) from exc


def _record(message: Message) -> Record:
    if message.error() is not None:
        with translated(f"{message.topic()}/{message.partition()}"):
            raise KafkaException(message.error())
    kind, append_ms = message.timestamp()
    appended = append_ms if kind == TIMESTAMP_LOG_APPEND_TIME else -1
    origin = dict(message.headers() or ()).get(ORIGIN_HEADER)
    return Record(appended, message.partition(), message.offset(), message.key(), message.value(), origin)
