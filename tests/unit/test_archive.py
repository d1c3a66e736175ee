"""The archive holds each record of the log exactly once, wherever the archiver was killed, and tells what it lacks."""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flink_job.archive.archiver import archive
from flink_job.archive.files import Line, check_covers, ends, pieces, records
from udfs.errors import ArchiveIncomplete, LogUnavailable
from udfs.events.batch import DAY_MS, HOUR_MS
from udfs.events.record import Record

NOON_MS = 1_795_608_000_000  # 2026-11-25T12:00:00Z
LATER_MS = NOON_MS + DAY_MS


class Killed(Exception):
    """The archiver is gone."""


class HeldLog:
    """A log in memory, of which reading may fail after so many records."""

    def __init__(self) -> None:
        self.records_of: dict[int, list[Record]] = {0: [], 1: []}
        self.firsts = {0: 0, 1: 0}
        self.lives = 10**9

    def append(self, partition: int, append_ms: int) -> None:
        records = self.records_of[partition]
        value = None if len(records) % 3 == 2 else f"value {len(records)}".encode()
        origin = b"0:1:2" if len(records) % 2 else None
        records.append(Record(append_ms, partition, len(records), b"\xff key", value, origin))

    def bounds(self) -> dict[int, tuple[int, int]]:
        return {partition: (self.firsts[partition], len(records)) for partition, records in self.records_of.items()}

    def records(self, ends: Mapping[int, int], starts: Mapping[int, int]) -> Iterator[Record]:
        for partition, end in ends.items():
            for record in self.records_of[partition][starts[partition] : end]:
                self.lives -= 1
                if self.lives < 0:
                    raise Killed
                yield record


def held(directory: Path) -> list[Line]:
    decode = msgspec.json.Decoder(Line).decode
    texts = (gzip.decompress((directory / piece.name).read_bytes()) for piece in pieces(directory))
    return [decode(line) for text in texts for line in text.splitlines()]


def filled(hours: range) -> HeldLog:
    log = HeldLog()
    for hour in hours:
        for partition in (0, 1):
            log.append(partition, NOON_MS + hour * HOUR_MS)
    return log


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), min_size=1, max_size=6))
def test_each_record_is_there_once_and_in_order_however_often_the_archiver_was_killed(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[tuple[int, int]]
) -> None:
    directory, log, hour = tmp_path_factory.mktemp("archive"), HeldLog(), 0
    for more, lives in rounds:
        for _ in range(more):
            hour += 1
            log.append(hour % 2, NOON_MS + hour * HOUR_MS)
        log.lives = lives
        try:
            archive(log, directory)  # type: ignore[arg-type]
        except Killed:
            continue
    log.lives = 10**9
    archive(log, directory)  # type: ignore[arg-type]
    found = [(one.append_ms, one.partition, one.offset, one.key, one.value) for one in held(directory)]
    wanted = [msgspec.structs.astuple(one)[:5] for partition in (0, 1) for one in log.records_of[partition]]
    assert found == wanted


def test_a_file_holds_one_partition_and_one_date_and_is_named_after_its_offsets(tmp_path: Path) -> None:
    assert archive(filled(range(0, 24, 6)), tmp_path) == 8  # type: ignore[arg-type]
    assert [piece.name for piece in pieces(tmp_path)] == [
        "date=2026-11-25/0-0-2.json.gz",
        "date=2026-11-26/0-2-4.json.gz",
        "date=2026-11-25/1-0-2.json.gz",
        "date=2026-11-26/1-2-4.json.gz",
    ]
    assert ends(tmp_path) == {0: 4, 1: 4}


def test_an_archive_gives_back_the_records_before_an_offset_as_the_log_gave_them(tmp_path: Path) -> None:
    log = filled(range(0, 24, 3))
    archive(log, tmp_path)  # type: ignore[arg-type]
    assert list(records(tmp_path, {0: 5, 1: 8})) == log.records_of[0][:5] + log.records_of[1][:8]
    assert list(records(tmp_path, {1: 1})) == log.records_of[1][:1]


def test_a_replayed_letter_keeps_its_origin(tmp_path: Path) -> None:
    archive(filled(range(2)), tmp_path)  # type: ignore[arg-type]
    assert [line.headers for line in held(tmp_path)][:2] == [{}, {"penchant-origin": b"0:1:2"}]


def test_what_the_log_has_lost_before_it_was_archived_is_a_gap_that_is_told(tmp_path: Path) -> None:
    log = filled(range(6))
    archive(log, tmp_path)  # type: ignore[arg-type]
    log.firsts = {0: 6, 1: 6}
    archive(log, tmp_path)  # type: ignore[arg-type]
    log.firsts = {0: 7, 1: 6}
    log.append(0, LATER_MS)
    log.append(0, LATER_MS)
    with pytest.raises(LogUnavailable, match="partition 0 of the log begins at 7, the archive ends at 6: a gap"):
        archive(log, tmp_path)  # type: ignore[arg-type]


def test_an_archive_of_a_topic_that_was_made_anew_gets_no_record_of_the_other_one(tmp_path: Path) -> None:
    archive(filled(range(6)), tmp_path)  # type: ignore[arg-type]
    anew = filled(range(5))
    for _ in range(2):
        anew.append(0, LATER_MS)
    with pytest.raises(ArchiveIncomplete, match=r"partition 1 of the log ends at 5, the archive at 6, .*another dir"):
        archive(anew, tmp_path)  # type: ignore[arg-type]
    assert ends(tmp_path) == {0: 6, 1: 6}


def test_an_archive_that_covers_the_time_asked_for_is_taken(tmp_path: Path) -> None:
    archive(filled(range(6)), tmp_path)  # type: ignore[arg-type]
    assert len(check_covers(tmp_path, NOON_MS, {0: 6, 1: 6})) == 2


@pytest.mark.parametrize(
    ("end", "lost", "fault"),
    [
        (7, "", "ends at offset 6 and not at 7; let `penchant archive` catch up"),
        (6, "date=2026-11-25/0-2-4.json.gz", "lacks or repeats offsets between"),
        (6, "date=2026-11-25/0-0-2.json.gz", "begins after that date"),
    ],
)
def test_an_archive_that_lacks_something_is_refused(tmp_path: Path, end: int, lost: str, fault: str) -> None:
    log = HeldLog()
    for _ in range(3):
        for _ in range(2):
            log.append(0, NOON_MS)
        archive(log, tmp_path)  # type: ignore[arg-type]
    if lost:
        (tmp_path / lost).unlink()
    with pytest.raises(ArchiveIncomplete, match=re.escape(fault)):
        check_covers(tmp_path, NOON_MS - 1, {0: end})
