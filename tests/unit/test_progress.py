"""Progress in a log with transactions: what nobody will ever read is no lag, and holds nothing up."""

import pytest
from held_log import HeldConsumer, HeldTopic

from cql.job_report import Position
from cql.rows import Progress
from flink_job import log, progress
from flink_job.log import Log
from flink_job.progress import LogPosition
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable

NOW_MS = 5_000


def position(topic: HeldTopic, monkeypatch: pytest.MonkeyPatch) -> LogPosition:
    monkeypatch.setattr(progress, "Consumer", topic.consumer)
    return LogPosition(JobSettings())


def test_a_partition_is_behind_by_its_records_and_as_fresh_as_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(4, 4)
    topic.committed = {0: 4, 1: 2}
    found = position(topic, monkeypatch)
    assert found.positions() == [Position(0, 4, 4), Position(1, 2, 4)]
    assert found.read(NOW_MS) == [Progress(0, 4, NOW_MS), Progress(1, 2, 1_000)]
    assert (found.lag(), found.through_ms(NOW_MS), found.oldest_ms({0: 4, 1: 2}, NOW_MS)) == (2, 1_000, 1_000)


def test_ends_of_transactions_and_what_they_took_back_are_no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(4, 0)
    topic.committed = {0: 4}
    for partition in (0, 1, 1):
        topic.mark(partition)
    found = position(topic, monkeypatch)
    assert found.positions() == [Position(0, 5, 5), Position(1, 2, 2)]
    assert (found.lag(), found.through_ms(NOW_MS)) == (0, NOW_MS)
    assert found.oldest_ms({0: 4}, NOW_MS) == NOW_MS
    assert found.committed() == {0: 4, 1: 0}, "where a job would go on"


def test_a_record_behind_the_end_of_a_transaction_is_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic(1)
    topic.committed = {0: 1}
    topic.mark(0)
    found = position(topic, monkeypatch)
    assert found.lag() == 0
    topic.mark(0, append_ms=2_000)
    assert (found.positions(), found.through_ms(NOW_MS)) == ([Position(0, 1, 3)], 2_000)
    topic.committed = {0: 3}
    assert (found.lag(), found.through_ms(NOW_MS)) == (0, NOW_MS)


def test_the_end_that_a_broker_tells_who_knows_less_than_the_one_before_is_no_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = HeldTopic(1)
    topic.committed = {0: 1}
    monkeypatch.setattr(HeldConsumer, "get_watermark_offsets", lambda *_, cached: (0, 2))
    found = position(topic, monkeypatch)
    assert found.lag() == 1
    with pytest.raises(LogUnavailable):
        found.read(NOW_MS)


def test_verify_and_progress_read_what_was_committed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = HeldTopic()
    monkeypatch.setattr(log, "Consumer", topic.consumer)
    position(topic, monkeypatch)
    Log(JobSettings(), "events")
    assert [config["isolation.level"] for config in topic.configs] == ["read_committed"] * 2
