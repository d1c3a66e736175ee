"""A checkpoint from which the job cannot go on is refused with a mend that is a command."""

from collections.abc import Mapping

import pytest

from flink_job import restore
from flink_job.restore import check_restore, check_starts
from flink_job.settings import JobSettings
from udfs.errors import RestoreRefused
from udfs.events.batch import HOUR_MS, SKEW_MS

CHECKPOINT = "s3://bucket/chk-1"
NOW_MS = 1_000 * HOUR_MS


class HeldPosition:
    """A group that has read up to offset 5 of a log whose next record is so old."""

    first, behind_ms = 0, 0

    def __init__(self, settings: JobSettings) -> None:
        self.topic = settings.events_topic

    def checkpointed(self) -> dict[int, int]:
        return {0: 5}

    def firsts(self) -> dict[int, int]:
        return {0: self.first}

    def oldest_ms(self, offsets: Mapping[int, int], now_ms: int) -> int:
        assert offsets == {0: 5}
        return now_ms - self.behind_ms

    def close(self) -> None:
        pass


@pytest.fixture
def position(monkeypatch: pytest.MonkeyPatch) -> type[HeldPosition]:
    own = type("Own", (HeldPosition,), {})
    monkeypatch.setattr(restore, "LogPosition", own)
    return own


def test_state_that_may_have_expired_is_refused_and_reprocess_named(position: type[HeldPosition]) -> None:
    position.behind_ms = 17 * HOUR_MS - SKEW_MS
    check_restore(JobSettings(), CHECKPOINT, NOW_MS)
    position.behind_ms += 1
    with pytest.raises(RestoreRefused, match=r"over the one in force \(`penchant reprocess --from DATE`"):
        check_restore(JobSettings(), CHECKPOINT, NOW_MS)


def test_records_that_the_log_has_lost_are_to_come_from_an_archive(position: type[HeldPosition]) -> None:
    position.first = 5
    check_restore(JobSettings(), CHECKPOINT, NOW_MS)
    position.first = 6
    with pytest.raises(RestoreRefused, match=r"partitions 0, .*`penchant reprocess --from-archive DIR"):
        check_restore(JobSettings(), CHECKPOINT, NOW_MS)


def test_a_job_that_starts_anew_is_not_looked_at() -> None:
    check_restore(JobSettings(), "", NOW_MS)


def test_a_generation_that_was_computed_beyond_its_start_does_not_begin_again_without_its_state() -> None:
    check_starts(2, {0: 5, 1: 9}, {0: 5, 1: 3})
    with pytest.raises(RestoreRefused, match=r"partitions 1:.*start it from its newest checkpoint"):
        check_starts(2, {0: 5, 1: 9}, {0: 5, 1: 10})
