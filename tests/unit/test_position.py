"""Progress in a log with transactions: what nobody will ever read is no lag, and holds nothing up."""

import pytest
from confluent_kafka import TopicPartition
from held_log import HeldConsumer, HeldTopic

from cql.job_report import Position
from cql.rows import Progress
from flink_job import log, position
from flink_job.log import Log
from flink_job.position import LogPosition
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable

NOW_MS = 5_000


def of(topic: HeldTopic, monkeypatch: pytest.MonkeyPatch) -> LogPosition:
    monkeypatch.setattr(position, "Consumer", topic.consumer)
    return LogPosition(JobSettings())


def test_a_partition_is_behind_by_its_records_and_as_fresh_as_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(4, 4)
    topic.committed = {0: 4, 1: 2}
    found = of(topic, monkeypatch)
    assert found.positions() == [Position(0, 4, 4), Position(1, 2, 4)]
    assert found.read(NOW_MS) == [Progress(0, 4, NOW_MS), Progress(1, 2, 1_000)]
    assert (found.lag(), found.through_ms(NOW_MS), found.oldest_ms({0: 4, 1: 2}, NOW_MS)) == (2, 1_000, 1_000)


def test_ends_of_transactions_and_what_they_took_back_are_no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(4, 0)
    topic.committed = {0: 4}
    for partition in (0, 1, 1):
        topic.mark(partition)
    found = of(topic, monkeypatch)
    assert found.positions() == [Position(0, 5, 5), Position(1, 2, 2)]
    assert (found.lag(), found.through_ms(NOW_MS)) == (0, NOW_MS)
    assert found.oldest_ms({0: 4}, NOW_MS) == NOW_MS
    assert found.committed() == {0: 4, 1: 0}, "where a job would go on"


def test_a_record_behind_the_end_of_a_transaction_is_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(1)
    topic.committed = {0: 1}
    topic.mark(0)
    found = of(topic, monkeypatch)
    assert found.lag() == 0
    topic.mark(0, append_ms=2_000)
    assert (found.positions(), found.through_ms(NOW_MS)) == ([Position(0, 1, 3)], 2_000)
    topic.committed = {0: 3}
    assert (found.lag(), found.through_ms(NOW_MS)) == (0, NOW_MS)


def test_behind_an_open_transaction_nothing_is_fresher_than_its_first_record(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(1)
    topic.committed = {0: 1}
    found = of(topic, monkeypatch)
    assert found.through_ms(NOW_MS) == NOW_MS
    topic.opened = {0: 1}
    for append_ms in (2_000, 3_000):
        topic.mark(0, append_ms)
    assert (found.positions(), found.read(NOW_MS)) == ([Position(0, 1, 1)], [Progress(0, 1, 2_000)])
    assert found.oldest_ms({0: 1}, NOW_MS) == 2_000
    topic.opened, topic.committed = {}, {0: 3}
    topic.mark(0)
    assert found.read(NOW_MS) == [Progress(0, 4, NOW_MS)]


def test_a_partition_is_unread_to_its_last_record_unless_the_log_has_lost_some(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(4)
    topic.mark(0)
    found = of(topic, monkeypatch)
    assert [found.unread({0: offset}, {0: 5}) for offset in (3, 4, 6)] == [{0: 5}, {0: 4}, {0: 5}]
    topic.firsts[0] = 5
    assert found.unread({0: 4}, {0: 5}) == {0: 5}, "what was at 4 may have been a record"


def test_the_end_that_a_broker_tells_who_knows_less_than_the_one_before_is_no_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = HeldTopic(1)
    topic.committed = {0: 1}
    monkeypatch.setattr(HeldConsumer, "get_watermark_offsets", lambda *_, cached: (0, 2))
    found = of(topic, monkeypatch)
    assert found.lag() == 1
    with pytest.raises(LogUnavailable):
        found.read(NOW_MS)


def test_verify_and_progress_read_what_was_committed_and_progress_alone_sees_what_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = HeldTopic()
    monkeypatch.setattr(log, "Consumer", topic.consumer)
    of(topic, monkeypatch)
    Log(JobSettings(), "events")
    levels = [config["isolation.level"] for config in topic.configs]
    assert levels == ["read_committed", "read_uncommitted", "read_committed"]


class Committed(LogPosition):
    """Of two partitions one has an offset, and the log begins behind it."""

    def __init__(self) -> None:
        self._topic = "events"

    def _places(self) -> list[TopicPartition]:
        return [TopicPartition("events", 0, 3), TopicPartition("events", 1, -1001)]

    def _committed(self, asked: list[TopicPartition]) -> list[TopicPartition]:
        return asked

    def _ends(self, place: TopicPartition) -> tuple[int, int]:
        return 5, 9


def test_what_checkpoints_have_committed_is_told_even_where_the_log_begins_behind_it() -> None:
    assert Committed().checkpointed() == {0: 3}
    assert Committed().committed() == {0: 5, 1: 5}
