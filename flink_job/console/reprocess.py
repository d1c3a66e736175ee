"""`penchant reprocess`: history again, into a generation of its own, beside the live service."""

import datetime
import math
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
from prometheus_client import Gauge, start_http_server

from cql.generations import Generations
from cql.migrate import migrate
from cql.store import Store
from flink_job.local import reprocess
from flink_job.local.settings import StackSettings, job_settings, stack_settings
from flink_job.reprocess.prepare import Prepared, Preparer
from flink_job.reprocess.watch import Advance
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import SettingsError
from udfs.settings import environment

_GAUGES = tuple(
    Gauge(f"penchant_reprocess_{name}", meaning, ["generation"])
    for name, meaning in (
        ("records_done", "Records of which all rows are in the store."),
        ("records", "Records from the beginning of the generation to the end of the log."),
        ("records_per_second", "Over the last half minute."),
        ("seconds_left", "Until the end of the log at that rate."),
        ("filling_seconds", "What the next 7 h 05 min of the log take at that rate; state must live longer."),
    )
)
"""In the order of the fields of `Advance`."""


@click.command(name="reprocess")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this date on, anew.")
@click.option("--from-savepoint", "savepoint", type=click.Path(path_type=Path), help="From a savepoint before the bug.")
@click.option(
    "--from-archive", "directory", type=click.Path(path_type=Path), help="The archive to read --from to --to."
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last date from the archive.")
@click.option("--alone", is_flag=True, help="Over no other generation: dates before --from are not served from it.")
@click.option("--rate", type=click.IntRange(0), help="Rows written per second at most; 0: no cap.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--port", type=click.IntRange(1, 65535), help="Serve the progress as metrics at this port, too.")
@click.option("--prepare", "only_prepare", is_flag=True, help="Start no job; print the settings of one, for a cluster.")
def command(
    first: datetime.datetime | None,
    savepoint: Path | None,
    directory: Path | None,
    last: datetime.datetime | None,
    alone: bool,
    rate: int | None,
    parallelism: int,
    port: int | None,
    only_prepare: bool,
) -> None:
    """Compute history again until it has caught up with the log. Ctrl-C pauses; the same command again goes on."""
    order = Order(first and first.date(), savepoint, directory, last and last.date())
    order.check()
    local = stack_settings(os.environ)
    settings = job_settings(os.environ)
    if rate is not None:
        settings = msgspec.structs.replace(settings, write_rate=rate)
    if port is not None:
        start_http_server(port, "127.0.0.1")
    with _preparer(settings, alone=alone) as preparer:
        for prepared in order.prepared(preparer):
            if only_prepare:
                click.echo(_told(prepared))
            else:
                _run(local, prepared, parallelism)


class Order(NamedTuple):
    """What is asked for."""

    first: datetime.date | None
    savepoint: Path | None
    directory: Path | None
    last: datetime.date | None

    def check(self) -> None:
        """Raise SettingsError unless it says from where."""
        given = (self.savepoint is not None, self.first is not None, self.directory is not None, self.last is not None)
        if given not in ((True, False, False, False), (False, True, False, False), (False, True, True, True)):
            message = (
                "say from where: --from DATE, or --from-savepoint PATH, or --from-archive DIR --from DATE --to DATE"
            )
            raise SettingsError(message)

    def prepared(self, preparer: Preparer) -> Iterator[Prepared]:
        """The generations to compute, one after the other: an archive gives the one below that of the log."""
        if self.savepoint is not None:
            yield preparer.from_savepoint(self.savepoint)
        elif self.directory is not None and self.first is not None and self.last is not None:
            archived = preparer.from_archive(self.directory, self.first, self.last)
            if not preparer.is_archived(archived.generation):
                yield archived
            yield preparer.after_archive(archived.generation, self.last)
        elif self.first is not None:
            yield preparer.from_log(self.first)


def _run(local: StackSettings, prepared: Prepared, parallelism: int) -> None:
    number = prepared.generation.number
    click.echo(f"generation {number}: {prepared.generation.origin}", err=True)
    submitted = reprocess.begin(local, prepared, parallelism)
    try:
        if prepared.settings.archive:
            reprocess.follow_to_end(local, prepared, submitted, partial(_say_read, number))
            return
        reprocess.follow(local, prepared, partial(_say, number, prepared.settings.state_ttl_hours))
    except KeyboardInterrupt:
        click.echo(f"generation {number} is paused at {reprocess.pause(local, prepared)}; run the same again to go on")
        raise
    click.echo(f"generation {number} has caught up and is kept up; next: penchant generation switch {number}")


@contextmanager
def _preparer(settings: JobSettings, *, alone: bool) -> Iterator[Preparer]:
    catalogue = load(settings.catalogue)
    migrate(settings, catalogue)
    with closing(Store.open(settings)) as store:
        now = datetime.datetime.now(datetime.UTC)
        yield Preparer(settings, Generations(store), catalogue, now, alone=alone)


def _told(prepared: Prepared) -> str:
    """What tells a job on another cluster what it must know."""
    own = environment(prepared.settings)
    names = ["GENERATION", "START", "STATE_TTL_HOURS", "WRITE_RATE"]
    names += ["ARCHIVE", "ARCHIVE_SINCE_MS", "ARCHIVE_UNTIL_MS"] if prepared.settings.archive else []
    lines = [f"PENCHANT_{name}={own[f'PENCHANT_{name}']}" for name in names]
    state = [f"# flink run -s {prepared.savepoint} ..."] if prepared.savepoint else []
    return "\n".join([*lines, *state])


def _say(number: int, ttl_hours: int, advance: Advance) -> None:
    for gauge, value in zip(_GAUGES, advance, strict=True):
        gauge.labels(number).set(math.nan if value is None else value)
    for said in filter(None, (advance.line(), advance.slowness(ttl_hours))):
        click.echo(f"generation {number}: {said}", err=True)


def _say_read(number: int, records: int) -> None:
    _GAUGES[0].labels(number).set(records)
    click.echo(f"generation {number}: {records:,} records of the archive read", err=True)
