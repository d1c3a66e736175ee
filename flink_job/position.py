"""Position: how far checkpoints cover each partition of the log, by the offsets that Flink commits when one completes.

In: the job's consumer group and its topic. Out: positions, what they mean for freshness, and where the log begins, ends
and was at a time. Nobody joins the group for it.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from cql.job_report import Position
from cql.rows import Progress, fresh_through_ms
from flink_job.broker import COMMITTED, librdkafka
from flink_job.log import translated
from flink_job.settings import JobSettings
from flink_job.waiting import Waiting

_TIMEOUT_S = 5.0
_PAUSE_S = 0.2
_COORDINATING = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    }
)


class LogPosition:
    """Reads the committed offsets of the job's consumer group without being a member of it."""

    def __init__(self, settings: JobSettings) -> None:
        """Connects when first used."""
        self._topic = settings.events_topic
        shared = librdkafka(settings) | {
            "group.id": settings.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            # An end is told when a request has waited for more.
            "fetch.wait.max.ms": 50,
        }
        self._consumer = Consumer(shared | COMMITTED)
        # For who reads what was committed, the log ends where the first open transaction begins.
        # Of an outage the other one tells; this one would say so twenty times a second.
        self._everything = Consumer(shared | {"isolation.level": "read_uncommitted", "log_level": 0})
        self._waiting = Waiting(self._consumer, self._topic)
        self._behind = Waiting(self._everything, self._topic)

    def read(self, now_ms: int) -> list[Progress]:
        """The progress of every partition as of `now_ms`. Raises LogUnavailable."""
        return self.progress(self.positions(), now_ms)

    def positions(self) -> list[Position]:
        """How far checkpoints cover each partition: to its end where no record is left. Raises LogUnavailable."""
        with translated(self._topic):
            return [self._reached(position) for position in self._positions()]

    def progress(self, positions: Iterable[Position], now_ms: int) -> list[Progress]:
        """What positions that were read at `now_ms` mean for freshness. Raises LogUnavailable."""
        with translated(self._topic):
            return [self._progress(position, now_ms) for position in positions]

    def through_ms(self, now_ms: int) -> int:
        """The append time before which all is under a checkpoint; 0 where nothing is. Raises LogUnavailable."""
        return fresh_through_ms(self.read(now_ms)) or 0

    def firsts(self) -> dict[int, int]:
        """The oldest offset that each partition still has. Raises LogUnavailable."""
        with translated(self._topic):
            return {place.partition: self._ends(place)[0] for place in self._places()}

    def ends(self) -> dict[int, int]:
        """The next offset of every partition. Raises LogUnavailable."""
        with translated(self._topic):
            return {place.partition: self._ends(place)[1] for place in self._places()}

    def oldest_ms(self, offsets: Mapping[int, int], now_ms: int) -> int:
        """When the log took the oldest record from `offsets` on; `now_ms` if there is none. Raises LogUnavailable."""
        with translated(self._topic):
            left = [Position(one, offsets.get(one, 0), end) for one, end in self.ends().items()]
            return min((ms for one in left if (ms := self._next_ms(one)) is not None), default=now_ms)

    def lag(self) -> int:
        """Records that no completed checkpoint covers yet. Raises LogUnavailable."""
        return sum(position.lag for position in self.positions())

    def committed(self) -> dict[int, int]:
        """The next offset of each partition; its first one where nothing was committed. Raises LogUnavailable."""
        with translated(self._topic):
            return {position.partition: position.next_offset for position in self._positions()}

    def checkpointed(self) -> dict[int, int]:
        """The next offset of each partition of which one was committed, also where the log begins behind it.

        Raises LogUnavailable.
        """
        with translated(self._topic):
            return {place.partition: place.offset for place in self._committed(self._places()) if place.offset >= 0}

    def at(self, since_ms: int) -> dict[int, int]:
        """The offset of each partition's first record that was taken at `since_ms` or later; its end if there is none.

        Raises LogUnavailable.
        """
        with translated(self._topic):
            asked = [TopicPartition(self._topic, place.partition, since_ms) for place in self._places()]
            found = self._consumer.offsets_for_times(asked, _TIMEOUT_S)
            return {one.partition: one.offset if one.offset >= 0 else self._ends(one)[1] for one in found}

    def unread(self, offsets: Mapping[int, int], ends: Mapping[int, int]) -> dict[int, int]:
        """`ends`, but the offset of a partition that has no record from there to its end. Raises LogUnavailable."""
        firsts = self.firsts()
        with translated(self._topic):
            places = [Position(one, offsets.get(one, 0), end) for one, end in ends.items()]
            return {one.partition: self._unread(one, firsts[one.partition]) for one in places}

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Let a job that never committed any offset begin at these; others are left. Raises LogUnavailable."""
        with translated(self._topic):
            never = [place.partition for place in self._committed(self._places()) if place.offset < 0]
            wanted = [TopicPartition(self._topic, partition, offsets.get(partition, 0)) for partition in never]
            if wanted:
                self._consumer.commit(offsets=wanted, asynchronous=False)

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()
        self._everything.close()

    def _positions(self) -> Iterator[Position]:
        for place in self._committed(self._places()):
            first, end = self._ends(place)
            yield Position(place.partition, max(first, place.offset), end)

    def _places(self) -> list[TopicPartition]:
        partitions = self._consumer.list_topics(self._topic, _TIMEOUT_S).topics[self._topic].partitions
        return [TopicPartition(self._topic, number) for number in sorted(partitions)]

    def _ends(self, place: TopicPartition) -> tuple[int, int]:
        """The first offset and the next one."""
        first, end = self._consumer.get_watermark_offsets(place, _TIMEOUT_S, cached=False)
        return first, end

    def _committed(self, asked: list[TopicPartition]) -> list[TopicPartition]:
        deadline = time.monotonic() + 2 * _TIMEOUT_S
        while True:
            try:
                return list(self._consumer.committed(asked, _TIMEOUT_S))
            except KafkaException as exc:
                # A broker that has just started looks for the group's coordinator, or loads it.
                if exc.args[0].code() not in _COORDINATING or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_S)

    def _reached(self, position: Position) -> Position:
        # Where the log does not tell at once, there may be more.
        with suppress(KafkaException):
            if position.lag > 0 and self._waiting.append_ms(position) is None:
                return msgspec.structs.replace(position, next_offset=position.log_end)
        return position

    def _unread(self, position: Position, first: int) -> int:
        # Nobody can tell whether there were records in what the log has lost.
        is_read = first <= position.next_offset < position.log_end and self._waiting.append_ms(position) is None
        return position.next_offset if is_read else position.log_end

    def _progress(self, position: Position, now_ms: int) -> Progress:
        append_ms = self._next_ms(position)
        return Progress(position.partition, position.next_offset, now_ms if append_ms is None else append_ms)

    def _next_ms(self, position: Position) -> int | None:
        """When the log took the next record, of an open transaction or behind it if no other is left."""
        append_ms = self._waiting.append_ms(position)
        return self._unsettled_ms(position) if append_ms is None else append_ms

    def _unsettled_ms(self, position: Position) -> int | None:
        place = TopicPartition(self._topic, position.partition)
        _, end = self._everything.get_watermark_offsets(place, _TIMEOUT_S, cached=False)
        return self._behind.append_ms(Position(position.partition, position.log_end, end))
