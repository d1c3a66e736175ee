"""When an order to compute history again is one that was given before, and what of an archive it can rest on."""

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import pytest
from held_log import HeldTopic
from strategies import GARAGE

from cql.generations import Generations
from cql.layers import Generation, InForce
from flink_job import log, position
from flink_job.archive.archiver import archive
from flink_job.log import Log
from flink_job.position import LogPosition
from flink_job.reprocess import prepare
from flink_job.reprocess.prepare import Preparer
from flink_job.settings import JobSettings
from udfs.errors import ArchiveIncomplete

FIRST = datetime.date(2026, 11, 20)
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


class HeldGenerations(Generations):
    """Generations in memory; no job has run."""

    def __init__(self, made: Iterable[Generation]) -> None:
        self.made = {one.number: one for one in made}
        self.number = 1

    def known(self) -> dict[int, Generation]:
        return self.made

    def create(self, wanted: Generation, now: datetime.datetime) -> Generation:
        made = msgspec.structs.replace(wanted, number=max(self.made) + 1)
        self.made[made.number] = made
        return made

    def in_force(self) -> InForce:
        return InForce(self.number, 1, NOW)

    def versions(self, number: int) -> dict[str, str]:
        return {}

    def fresh_through_ms(self, number: int) -> int | None:
        return None

    def erase_again(self, number: int) -> int:
        return 0


class HeldPosition:
    """A log that holds everything, and a group that has read nothing."""

    def __init__(self, settings: JobSettings) -> None:
        self.topic = settings.events_topic

    def at(self, since_ms: int) -> dict[int, int]:
        return {0: 5}

    def firsts(self) -> dict[int, int]:
        return {0: 0}

    def seek(self, offsets: Mapping[int, int]) -> None:
        assert offsets == {0: 5}

    def close(self) -> None:
        pass


@pytest.fixture
def generations(monkeypatch: pytest.MonkeyPatch) -> HeldGenerations:
    monkeypatch.setattr(prepare, "LogPosition", HeldPosition)
    return HeldGenerations([Generation(number=1)])


def ordered(generations: HeldGenerations, *, alone: bool) -> int:
    """The generation that an order from one date is computed into."""
    return Preparer(JobSettings(), generations, GARAGE, NOW, alone=alone).from_log(FIRST).generation.number


@pytest.mark.parametrize("alone", [False, True])
def test_an_order_that_is_given_again_goes_on_with_its_generation(generations: HeldGenerations, alone: bool) -> None:
    assert [ordered(generations, alone=alone) for _ in range(2)] == [2, 2]


@pytest.mark.parametrize("alone", [False, True])
def test_an_order_whose_generation_is_in_force_is_computed_anew(generations: HeldGenerations, alone: bool) -> None:
    for number in (2, 3, 4):
        generations.number = ordered(generations, alone=alone)
        assert generations.number == number


def test_an_order_whose_generation_lies_below_what_is_in_force_is_computed_anew(generations: HeldGenerations) -> None:
    generations.number = ordered(generations, alone=True)
    generations.number = ordered(generations, alone=False)
    assert generations.made[3].parent == 2
    assert ordered(generations, alone=True) == 4


def test_an_archive_covers_a_partition_of_which_only_ends_of_transactions_are_left(
    generations: HeldGenerations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    topic = HeldTopic(4, 0, 0)
    for partition in (0, 1):
        topic.mark(partition)
    for module in (log, position):
        monkeypatch.setattr(module, "Consumer", topic.consumer)
    monkeypatch.setattr(prepare, "LogPosition", LogPosition)
    preparer = Preparer(JobSettings(), generations, GARAGE, NOW, alone=True)
    archive(Log(JobSettings(), "events"), tmp_path)
    assert preparer.from_archive(tmp_path, FIRST, FIRST).generation.number == 2
    topic.mark(0, append_ms=2_000)
    with pytest.raises(ArchiveIncomplete, match="partition 0 ends at offset 4 and not at 6"):
        preparer.from_archive(tmp_path, FIRST, FIRST)
