"""A job that falls on a highly available cluster goes on only where its own newest checkpoint is exact."""

from collections.abc import Mapping

import pytest

from cql.generations import Generations
from cql.job_report import JobReport, Rejected
from cql.layers import Generation
from flink_job import recovery, restore
from flink_job.recovery import check_recovery
from flink_job.restore import margin_ms
from flink_job.settings import JobSettings
from udfs.errors import EncodingError, RestoreRefused
from udfs.events.batch import HOUR_MS

NOW_MS = 1_000 * HOUR_MS
SAVEPOINT = "s3://bucket/savepoint-1"
SETTINGS = JobSettings()
MOST_MS = margin_ms(SETTINGS, 0)
EXPIRED, GONE = "the newest checkpoint of penchant.1: the oldest record", "of penchant.1: the log begins behind it"


class HeldPosition:
    """A log of two partitions, of which the second was never committed; its records are of one age."""

    covered: Mapping[int, int] = {0: 5}
    first, behind_ms, start = 0, 0, 5

    def __init__(self, settings: JobSettings) -> None:
        pass

    def checkpointed(self) -> dict[int, int]:
        return dict(self.covered)

    def firsts(self) -> dict[int, int]:
        return {0: self.first, 1: 7}

    def at(self, since_ms: int) -> dict[int, int]:
        return {0: max(self.first, self.start), 1: 9}

    def oldest_ms(self, offsets: Mapping[int, int], now_ms: int) -> int:
        assert offsets == self.firsts() | self.covered
        return now_ms - self.behind_ms

    def close(self) -> None:
        pass


class HeldGenerations(Generations):
    """What the job last told: how far it was behind then, and by how much it had come on in the minute before."""

    def __init__(self, ago_ms: int, behind_ms: int = 0, covered: int = 9) -> None:
        self.at_ms, self.behind_ms, self.covered = NOW_MS - ago_ms, behind_ms, covered

    def find(self, number: int) -> Generation:
        return Generation(number=number)

    def fresh_through_ms(self, number: int) -> int | None:
        return self.at_ms - self.behind_ms

    def told(self, number: int) -> JobReport | None:
        return JobReport(self.at_ms, [], self.covered, 60.0, Rejected())


class OfHistory(HeldGenerations):
    """It is computed from a date on."""

    def find(self, number: int) -> Generation:
        return Generation(number=number, parent=1, since_ms=NOW_MS - 300 * HOUR_MS)


class Untold(HeldGenerations):
    def fresh_through_ms(self, number: int) -> int | None:
        return None


class Unreadable(HeldGenerations):
    def told(self, number: int) -> JobReport | None:
        message = "of a newer build"
        raise EncodingError(message)


@pytest.fixture
def position(monkeypatch: pytest.MonkeyPatch) -> type[HeldPosition]:
    own = type("Own", (HeldPosition,), {})
    for module in (recovery, restore):
        monkeypatch.setattr(module, "LogPosition", own)
    return own


@pytest.mark.parametrize("given", ["", SAVEPOINT], ids=["first deployment", "from a savepoint"])
def test_a_job_that_lay_longer_than_its_state_lives_is_refused_whatever_it_was_given(
    position: type[HeldPosition], given: str
) -> None:
    position.behind_ms = MOST_MS
    check_recovery(SETTINGS, HeldGenerations(MOST_MS), given, NOW_MS)
    position.behind_ms += 1
    with pytest.raises(RestoreRefused, match=EXPIRED):
        check_recovery(SETTINGS, HeldGenerations(MOST_MS), given, NOW_MS)


def test_a_job_behind_whose_checkpoint_the_log_begins_is_refused(position: type[HeldPosition]) -> None:
    position.first = 5
    check_recovery(SETTINGS, HeldGenerations(0), "", NOW_MS)
    position.first = 6
    with pytest.raises(RestoreRefused, match=GONE):
        check_recovery(SETTINGS, HeldGenerations(0), "", NOW_MS)


@pytest.mark.parametrize("covered", [{}, {0: 5}], ids=["nothing committed", "offsets at which it shall begin"])
def test_a_job_that_never_ran_is_looked_at_by_what_it_is_given(
    position: type[HeldPosition], covered: dict[int, int]
) -> None:
    position.covered, position.behind_ms = covered, MOST_MS + 1
    check_recovery(SETTINGS, Untold(0), "", NOW_MS)
    with pytest.raises(RestoreRefused, match=f"^{SAVEPOINT}"):
        check_recovery(SETTINGS, Untold(0), SAVEPOINT, NOW_MS)


def test_a_job_that_falls_before_its_first_checkpoint_begins_anew(position: type[HeldPosition]) -> None:
    position.covered, position.behind_ms = {}, 300 * HOUR_MS
    check_recovery(SETTINGS, HeldGenerations(0), "", NOW_MS)


def test_a_job_that_falls_before_its_first_checkpoint_of_history_begins_where_it_was_told_to(
    position: type[HeldPosition],
) -> None:
    """It had told how far it was at once: at the offsets that were laid down for it."""
    position.behind_ms = 300 * HOUR_MS
    check_recovery(SETTINGS, OfHistory(0, position.behind_ms, covered=0), "", NOW_MS)


@pytest.mark.parametrize(("start", "first"), [(4, 0), (5, 5)], ids=["beyond its start", "the log lost its start"])
def test_old_records_are_refused_of_a_job_of_history_that_may_have_a_checkpoint(
    position: type[HeldPosition], start: int, first: int
) -> None:
    position.start, position.first, position.behind_ms = start, first, 300 * HOUR_MS
    with pytest.raises(RestoreRefused, match=EXPIRED):
        check_recovery(SETTINGS, OfHistory(0, position.behind_ms, covered=0), "", NOW_MS)


def test_a_job_in_the_midst_of_history_goes_on_as_long_as_its_last_checkpoint_is_young(
    position: type[HeldPosition],
) -> None:
    position.behind_ms = 300 * HOUR_MS
    check_recovery(SETTINGS, HeldGenerations(MOST_MS - 60_000, 280 * HOUR_MS), "", NOW_MS)
    with pytest.raises(RestoreRefused, match=EXPIRED):
        check_recovery(SETTINGS, HeldGenerations(MOST_MS - 59_999, 280 * HOUR_MS), "", NOW_MS)


@pytest.mark.parametrize(
    "told",
    [HeldGenerations(0, 280 * HOUR_MS, covered=0), HeldGenerations(0, MOST_MS), Unreadable(0, 280 * HOUR_MS)],
    ids=["came no further", "was not that far behind", "cannot be read"],
)
def test_old_records_are_refused_of_a_job_that_is_not_known_to_compute_history(
    position: type[HeldPosition], told: HeldGenerations
) -> None:
    position.behind_ms = MOST_MS + 1
    with pytest.raises(RestoreRefused, match=EXPIRED):
        check_recovery(SETTINGS, told, "", NOW_MS)
