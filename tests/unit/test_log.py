"""The log read again: nothing that was asked for is passed over, and an end is an end whatever stands before it."""

from pathlib import Path

import pytest
from held_log import HeldConsumer, HeldMessage, HeldTopic

from flink_job import log
from flink_job.archive.archiver import archive
from flink_job.archive.files import pieces
from flink_job.log import Log
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable


def held(topic: HeldTopic, monkeypatch: pytest.MonkeyPatch) -> Log:
    monkeypatch.setattr(log, "Consumer", topic.consumer)
    return Log(JobSettings(), "events")


def test_a_log_is_read_from_its_beginning_or_from_where_one_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(4, 3)
    topic.firsts[0] = 2
    found = held(topic, monkeypatch)
    places = [(one.partition, one.offset) for one in found.records(found.ends())]
    assert places == [(0, 2), (0, 3), (1, 0), (1, 1), (1, 2)]
    assert [one.offset for one in found.records({1: 3}, {1: 2})] == [2]


def test_what_the_log_has_lost_of_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(4)
    topic.firsts[0] = 3
    with pytest.raises(LogUnavailable, match="events/0: the log begins at 3, so records from 2 on are lost"):
        list(held(topic, monkeypatch).records({0: 4}, {0: 2}))


def test_an_archive_has_no_file_over_what_the_log_lost_while_another_partition_was_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    topic = HeldTopic(2, 5)

    class Losing(HeldConsumer):
        def consume(self, most: int, wait_s: float) -> list[HeldMessage]:
            topic.firsts[1] = 3
            return super().consume(most, wait_s)

    monkeypatch.setattr(log, "Consumer", lambda config: Losing(topic, config))
    with pytest.raises(LogUnavailable, match="events/1: the log begins at 3"):
        archive(Log(JobSettings(), "events"), tmp_path)
    assert [(one.partition, one.first, one.next) for one in pieces(tmp_path)] == [(0, 0, 2)]


def test_a_partition_that_ends_in_markers_of_transactions_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(2, 1)
    for _ in range(3):
        topic.mark(0)
    found = held(topic, monkeypatch)
    assert [(one.partition, one.offset) for one in found.records(found.ends())] == [(0, 0), (0, 1), (1, 0)]


def test_the_end_that_a_broker_tells_who_knows_less_than_the_one_before_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(LogUnavailable, match="nothing came"):
        list(held(HeldTopic(2), monkeypatch).records({0: 3}))
