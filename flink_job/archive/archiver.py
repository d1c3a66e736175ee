"""The archiver: what the log has beyond the archive becomes files, each record exactly once.

In: a topic and a directory. Out: files as `flink_job.archive.files` describes. A file is written under a hidden name
and renamed when it is whole and on disk, so a kill at any moment loses no record and repeats none.
"""

import gzip
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

import msgspec

from flink_job.archive.files import Piece, ends, line
from flink_job.log import Log
from udfs.errors import ArchiveIncomplete, LogUnavailable
from udfs.events.batch import instant
from udfs.events.record import Record

_MOST_RECORDS = 250_000


def archive(log: Log, directory: Path) -> int:
    """Bring the archive up to the log's present end; how many records were added.

    Raises LogUnavailable, also where the log begins behind the archive's end; ArchiveIncomplete where the archive is
    of another log.
    """
    directory.mkdir(parents=True, exist_ok=True)
    begun, bounds, added = ends(directory), log.bounds(), 0
    _check_same_log(directory, begun, bounds)
    for partition, (first, end) in bounds.items():
        position = begun.get(partition, first)
        if first > position:
            message = f"partition {partition} of the log begins at {first}, the archive ends at {position}: a gap"
            raise LogUnavailable(message)
        for date, records in _by_date(log.records({partition: end}, {partition: position})):
            position, count = _write(directory, Piece(partition, position, position, date), records)
            added += count
    return added


def _check_same_log(directory: Path, begun: Mapping[int, int], bounds: Mapping[int, tuple[int, int]]) -> None:
    # Before anything is written: another partition may have grown beyond the archive's end already.
    for partition, (_, end) in bounds.items():
        if begun.get(partition, 0) > end:
            message = (
                f"{directory}: partition {partition} of the log ends at {end}, the archive at {begun[partition]}, so "
                "it holds records of another log, as when the topic was made anew; archive into another directory"
            )
            raise ArchiveIncomplete(message)


def _by_date(records: Iterable[Record]) -> Iterator[tuple[str, Iterator[Record]]]:
    """Runs of records of one date and of at most so many."""
    numbered = groupby(enumerate(records), key=lambda one: (_date(one[1]), one[0] // _MOST_RECORDS))
    for (date, _), run in numbered:
        yield date, (record for _, record in run)


def _date(record: Record) -> str:
    return instant(max(0, record.append_ms)).date().isoformat()


def _write(directory: Path, begun: Piece, records: Iterator[Record]) -> tuple[int, int]:
    """Write one file; the offset after it, and how many records it holds."""
    draft, encode = directory / f".{begun.partition}.draft", msgspec.json.Encoder().encode
    last, count = begun.first, 0
    with draft.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
        for record in records:
            file.write(encode(line(record)) + b"\n")
            last, count = record.offset + 1, count + 1
        file.close()
        raw.flush()
        os.fsync(raw.fileno())
    final = directory / begun._replace(next=last).name
    final.parent.mkdir(exist_ok=True)
    draft.replace(final)
    return last, count
