"""A topic in memory, as Kafka's client in Python reads it: its beginning may be lost, and markers have offsets too."""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaError, TopicPartition


class HeldMessage:
    def __init__(self, place: TopicPartition, append_ms: int = 0, error: KafkaError | None = None) -> None:
        self._place = place
        self._append_ms = append_ms
        self._error = error

    def error(self) -> KafkaError | None:
        return self._error

    def topic(self) -> str:
        return str(self._place.topic)

    def partition(self) -> int:
        return int(self._place.partition)

    def offset(self) -> int:
        return int(self._place.offset)

    def timestamp(self) -> tuple[int, int]:
        return TIMESTAMP_LOG_APPEND_TIME, self._append_ms

    def key(self) -> bytes:
        return b"ann"

    def value(self) -> bytes:
        return b"{}"

    def headers(self) -> None:
        return None


class HeldTopic:
    """`firsts` and `ends` are moved by hand, `records` are append times by offset, `committed` what a job has.

    `opened` is where a partition's open transaction begins, beyond which nothing is committed.
    """

    def __init__(self, *ends: int) -> None:
        self.firsts = defaultdict[int, int](int)
        self.ends = dict(enumerate(ends))
        self.records = {partition: dict.fromkeys(range(end), 1_000) for partition, end in self.ends.items()}
        self.committed: dict[int, int] = {}
        self.opened: dict[int, int] = {}
        self.configs: list[dict[str, Any]] = []

    def mark(self, partition: int, append_ms: int | None = None) -> None:
        """Take up one more offset: with a record, or without one, as by the end of a transaction."""
        if append_ms is not None:
            self.records[partition][self.ends[partition]] = append_ms
        self.ends[partition] += 1

    def consumer(self, config: dict[str, Any]) -> "HeldConsumer":
        self.configs.append(config)
        return HeldConsumer(self, config)


class HeldConsumer:
    def __init__(self, topic: HeldTopic, config: dict[str, Any]) -> None:
        self._held = topic
        self._tells_ends = config.get("enable.partition.eof", False)
        self._reads_committed = config["isolation.level"] == "read_committed"
        self._place: TopicPartition | None = None

    def list_topics(self, topic: str, _: float) -> SimpleNamespace:
        return SimpleNamespace(topics={topic: SimpleNamespace(error=None, partitions=self._held.ends)})

    def get_watermark_offsets(self, place: TopicPartition, _: float, *, cached: bool) -> tuple[int, int]:
        assert not cached
        return self._held.firsts[place.partition], self._end(place.partition)

    def committed(self, places: list[TopicPartition], _: float) -> list[TopicPartition]:
        return [
            TopicPartition(one.topic, one.partition, self._held.committed.get(one.partition, -1_001)) for one in places
        ]

    def offsets_for_times(self, asked: list[TopicPartition], _: float) -> list[TopicPartition]:
        return [_at(one, self._since(one.partition, one.offset)) for one in asked]

    def assign(self, places: list[TopicPartition]) -> None:
        (self._place,) = places

    def unassign(self) -> None:
        self._place = None

    def poll(self, _: float) -> HeldMessage | None:
        return next(iter(self.consume(1, 0.0)), None)

    def consume(self, most: int, _: float) -> list[HeldMessage]:
        place = self._place
        assert place is not None
        records = self._held.records[place.partition]
        end = self._end(place.partition)
        found = sorted(offset for offset in records if place.offset <= offset < end)[:most]
        if not found and self._tells_ends:
            return [HeldMessage(_at(place, end), error=KafkaError(KafkaError._PARTITION_EOF))]
        made = [HeldMessage(_at(place, offset), records[offset]) for offset in found]
        self._place = _at(place, found[-1] + 1) if found else place
        return made

    def close(self) -> None:
        pass

    def _since(self, partition: int, since_ms: int) -> int:
        end, records = self._end(partition), self._held.records[partition]
        return min((offset for offset, ms in records.items() if ms >= since_ms and offset < end), default=-1)

    def _end(self, partition: int) -> int:
        end = self._held.ends[partition]
        return self._held.opened.get(partition, end) if self._reads_committed else end


def _at(place: TopicPartition, offset: int) -> TopicPartition:
    return TopicPartition(place.topic, place.partition, offset)
