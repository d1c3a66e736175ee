"""The files of an archive, known by their names alone.

`date=2026-11-20/0-1000-2000.json.gz` holds partition 0 from offset 1,000 up to, and without, 2,000, of which all were
appended on that date (UTC). The names are the whole state of the archiver: a file appears under its name when it is
whole, and the next one begins where it ends. A line is one record; `Line` names its fields.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from udfs.errors import ArchiveIncomplete
from udfs.events.record import ORIGIN_HEADER, Record

_NAME = re.compile(r"date=(\d{4}-\d{2}-\d{2})/(\d+)-(\d+)-(\d+)\.json\.gz")


class Line(msgspec.Struct, frozen=True):
    """One record; bytes are base64 in JSON."""

    append_ms: int
    time_type: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


class Piece(NamedTuple):
    """One file."""

    partition: int
    first: int
    next: int
    date: str

    @property
    def name(self) -> str:
        """Its path inside the archive."""
        return f"date={self.date}/{self.partition}-{self.first}-{self.next}.json.gz"


def line(record: Record) -> Line:
    """A record as the archive keeps it."""
    headers = {} if record.origin is None else {ORIGIN_HEADER: record.origin}
    time_type = "CreateTime" if record.append_ms < 0 else "LogAppendTime"
    return Line(record.append_ms, time_type, record.partition, record.offset, record.key, record.value, headers)


def pieces(directory: Path) -> list[Piece]:
    """All files of an archive, by partition and offset."""
    found = [_NAME.fullmatch(path.relative_to(directory).as_posix()) for path in directory.glob("date=*/*.json.gz")]
    return sorted(Piece(int(m[2]), int(m[3]), int(m[4]), m[1]) for m in found if m)


def ends(directory: Path) -> dict[int, int]:
    """The next offset of each partition that the archive has anything of."""
    return {piece.partition: piece.next for piece in pieces(directory)}


def records(directory: Path, before: Mapping[int, int]) -> Iterator[Record]:
    """The records of each partition up to, and without, an offset; of a partition that is not named, none."""
    for piece in pieces(directory):
        if piece.first < before.get(piece.partition, 0):
            with gzip.open(directory / piece.name) as file:
                found = map(_record, file)
                yield from (record for record in found if record.offset < before[piece.partition])


def check_covers(directory: Path, since_ms: int, until: Mapping[int, int]) -> list[Piece]:
    """The files, if they hold all that was appended from `since_ms` to offsets `until`. Raises ArchiveIncomplete."""
    found = pieces(directory)
    for partition, end in until.items():
        own = [piece for piece in found if piece.partition == partition]
        for fault in _faults(directory, own, since_ms, end):
            message = f"{directory}: partition {partition} {fault}"
            raise ArchiveIncomplete(message)
    return found


def _faults(directory: Path, own: list[Piece], since_ms: int, end: int) -> Iterator[str]:
    archived = own[-1].next if own else 0
    if archived < end:
        yield f"ends at offset {archived:,} and not at {end:,}; let `penchant archive` catch up"
    elif own and own[0].first > 0 and _first_ms(directory / own[0].name) > since_ms:
        yield "begins after that date; take a later one"
    yield from (
        f"lacks or repeats offsets between {a.name} and {b.name}" for a, b in pairwise(own) if a.next != b.first
    )


def _record(text: bytes) -> Record:
    one = msgspec.json.decode(text, type=Line)
    return Record(one.append_ms, one.partition, one.offset, one.key, one.value, one.headers.get(ORIGIN_HEADER))


def _first_ms(path: Path) -> int:
    with gzip.open(path) as file:
        return msgspec.json.decode(file.readline(), type=Line).append_ms
