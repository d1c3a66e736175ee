"""`penchant reprocess`: history again, into a generation of its own, beside the live service."""

import datetime
import os
from functools import partial
from pathlib import Path

import click
import msgspec

from cql.generations import Generations
from cql.migrate import migrate
from cql.store import Store
from flink_job.local import reprocess
from flink_job.local.settings import client_environ, stack_settings
from flink_job.reprocess.prepare import Prepared, Preparer
from flink_job.reprocess.watch import Advance
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import SettingsError
from udfs.events.batch import Calendar
from udfs.settings import environment, read


@click.command(name="reprocess")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this date on, anew.")
@click.option("--from-savepoint", "savepoint", type=click.Path(path_type=Path), help="From a savepoint before the bug.")
@click.option("--rate", type=click.IntRange(0), help="Rows written per second at most; 0: no cap.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--prepare", "only_prepare", is_flag=True, help="Start no job; print the settings of one, for a cluster.")
def command(
    first: datetime.datetime | None, savepoint: Path | None, rate: int | None, parallelism: int, only_prepare: bool
) -> None:
    """Compute history again until it has caught up with the log. Ctrl-C pauses; the same command again goes on."""
    local = stack_settings(os.environ)
    settings = read(JobSettings, client_environ(local) | dict(os.environ))
    if rate is not None:
        settings = msgspec.structs.replace(settings, write_rate=rate)
    prepared = _prepared(settings, first.date() if first else None, savepoint)
    number = prepared.generation.number
    if only_prepare:
        click.echo(_told(prepared))
        return
    click.echo(f"generation {number}: {prepared.generation.origin}", err=True)
    reprocess.begin(local, prepared, parallelism)
    try:
        reprocess.follow(local, prepared, partial(_say, number))
    except KeyboardInterrupt:
        click.echo(f"generation {number} is paused at {reprocess.pause(local, prepared)}; run the same again to go on")
    else:
        click.echo(f"generation {number} has caught up and is kept up; next: penchant generation switch {number}")


def _prepared(settings: JobSettings, first: datetime.date | None, savepoint: Path | None) -> Prepared:
    if (first is None) == (savepoint is None):
        message = "say from where: either --from DATE or --from-savepoint PATH"
        raise SettingsError(message)
    catalogue = load(settings.catalogue)
    migrate(settings, catalogue)
    store = Store.open(settings)
    try:
        now = datetime.datetime.now(datetime.UTC)
        preparer = Preparer(settings, Generations(store), Calendar(catalogue.time_zone), now)
        return preparer.from_savepoint(savepoint) if savepoint else preparer.from_log(first)  # type: ignore[arg-type]
    finally:
        store.close()


def _told(prepared: Prepared) -> str:
    """What tells a job on another cluster what it must know."""
    own = environment(prepared.settings)
    names = ("GENERATION", "START", "STATE_TTL_HOURS", "WRITE_RATE")
    lines = [f"PENCHANT_{name}={own[f'PENCHANT_{name}']}" for name in names]
    state = [f"# flink run -s {prepared.savepoint} ..."] if prepared.savepoint else []
    return "\n".join([*lines, *state])


def _say(number: int, advance: Advance) -> None:
    click.echo(f"generation {number}: {advance.line()}", err=True)
