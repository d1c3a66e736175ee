"""Dates that the log no longer holds come from an archive, those after them from the log, without gap or overlap."""

import datetime
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
from again import ago_date, generations, job_of, now, silent
from records import ago, event, message
from running import DISORDER, own_job, prepare, produce, recounted_of, rows, submit, totals, traffic, verified
from trial import CARS

from flink_job.archive.archiver import archive
from flink_job.archive.files import Line, Piece, line, pieces
from flink_job.generations.switch import switch
from flink_job.local import job, reprocess
from flink_job.local.settings import StackSettings
from flink_job.log import Log
from flink_job.reprocess.prepare import Preparer
from flink_job.settings import JobSettings
from udfs.events.batch import DAY_MS, HOUR_MS, Calendar, day_of
from udfs.events.record import Record

UTC = Calendar("UTC")
FIRST, LAST = 6, 3
"""Days ago: the dates that come from the archive."""
EVENTS = 300


@pytest.mark.slow
def test_history_comes_from_an_archive_and_goes_on_from_the_log(local: StackSettings, tmp_path: Path) -> None:
    settings = own_job(local, "archived")
    prepare(local, settings, CARS)
    past, kept = list(history()), tmp_path / "Ann's records"
    write(kept, past)
    bad = submit(local, settings, parallelism=1, build="repeating")
    produce(settings, traffic(CARS, DISORDER, EVENTS))
    produce(settings, late())
    assert not verified(settings, CARS).cells.agree

    with generations(settings) as at:
        preparer = Preparer(settings, at, CARS, now())
        archived = preparer.from_archive(kept, ago_date(FIRST), ago_date(LAST))
        reprocess.follow_to_end(local, archived, reprocess.begin(local, archived, 1), print)
        logged = preparer.after_archive(archived.generation, ago_date(LAST))
        reprocess.begin(local, logged, 1)
        reprocess.follow(local, logged, silent)
        switch(at, logged.generation.number, settings.generation, now())
    job.cancel(local, bad)
    produce(settings, late())
    verified(logged.settings, CARS)
    assert totals(rows(logged.settings, CARS), CARS) == recounted(settings, past)
    job.cancel(local, job_of(local, logged))


def test_the_archiver_brings_a_real_log_into_files_once(local: StackSettings, tmp_path: Path) -> None:
    settings = own_job(local, "dropped")
    prepare(local, settings, CARS)
    for _ in range(2):
        produce(settings, late())
        with Log(settings, settings.events_topic) as log:
            archive(log, tmp_path)
            wanted = [line(record) for record in log.records(log.ends())]
    assert [one for piece in pieces(tmp_path) for one in read(tmp_path / piece.name)] == wanted


def history() -> Iterator[Record]:
    """What the log once took of those dates: in time, up to six hours late, and days late; with repeats."""
    begun, end = UTC.start(day_of(ago_date(FIRST))), UTC.start(day_of(ago_date(LAST - 1)))
    for number in range(EVENTS):
        occurred_ms = begun + number * (end - begun) // EVENTS
        lateness_ms = (0, 1, 6 * HOUR_MS, 7 * HOUR_MS, DAY_MS)[number % 5]
        # A repeat, a millisecond later, must still belong to what the archive is asked for.
        appended_ms = min(occurred_ms + lateness_ms, end + 7 * HOUR_MS - 2)
        found = event(f"past-{number % 7}", number, occurred_at=instant(occurred_ms), event_id=f"past-{number}")
        for repeat in range(1 + (number % 11 == 0)):
            yield Record(
                appended_ms + repeat, number % 2, 0, str(found["user_id"]).encode(), json.dumps(found).encode()
            )


def write(directory: Path, past: list[Record]) -> None:
    """Files as the archiver names them."""
    for partition in (0, 1):
        own = sorted((one for one in past if one.partition == partition), key=lambda one: one.append_ms)
        numbered = [msgspec.structs.replace(one, offset=offset) for offset, one in enumerate(own)]
        for date, some in groupby(numbered, key=lambda one: instant(one.append_ms)[:10]):
            records = list(some)
            path = directory / Piece(partition, records[0].offset, records[-1].offset + 1, date).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(b"\n".join(msgspec.json.encode(line(one)) for one in records)))


def read(path: Path) -> list[Line]:
    return [msgspec.json.decode(text, type=Line) for text in gzip.decompress(path.read_bytes()).splitlines()]


def late() -> list[Any]:
    """Events that the log takes now, of dates before, in and after those of the archive."""
    return [
        message(event(f"past-{number}", number, occurred_at=ago(days=days)))
        for days in (FIRST + 2, FIRST - 1, LAST - 2)
        for number in range(3)
    ]


def recounted(settings: JobSettings, past: list[Record]) -> Counter[Any]:
    with Log(settings, settings.events_topic) as log:
        found = [*past, *log.records(log.ends())]
    # Offsets of both begin at 0; the recount wants each partition in order and knows no more of them.
    numbered = (msgspec.structs.replace(one, offset=place) for place, one in enumerate(found))
    return recounted_of(numbered, settings, CARS)[0]


def instant(ms: int) -> str:
    return datetime.datetime.fromtimestamp(math.floor(ms) / 1000, datetime.UTC).isoformat()
