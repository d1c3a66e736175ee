"""`penchant verify`: does the store hold exactly what the log says?"""

import datetime
import os
import sys
from functools import partial
from pathlib import Path

import click
import msgspec

from cql.generations import chosen
from flink_job.console.options import share as share_option
from flink_job.local.settings import job_settings
from flink_job.share import Share
from flink_job.verify.verify import Extent, verify, verify_until
from udfs.catalogues.catalogue import load
from udfs.errors import SettingsError


@click.command(name="verify")
@click.option("--patience", default=120.0, show_default=True, help="Longest wait for the job to catch up, seconds.")
@click.option("--no-wait", is_flag=True, help="Compare at once; what the job has not read yet is missing.")
@click.option("--until", metavar="TIME", help="Under load: what is closed by then; RFC 3339, or `checkpoint`.")
@click.option("--generation", type=click.IntRange(1), help="Which generation; by default that in force.")
@click.option("--archive", type=click.Path(path_type=Path), help="Where records lie that the log no longer has.")
@share_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    patience: float,
    no_wait: bool,
    until: str | None,
    generation: int | None,
    archive: Path | None,
    share: float,
    as_json: bool,
) -> None:
    """Fold the whole log again and compare the store with it, cell by cell. Exit code 1 if anything differs."""
    settings = job_settings(os.environ)
    settings = msgspec.structs.replace(settings, generation=generation or chosen(settings))
    said: set[str] = set()
    catalogue, say, extent = load(settings.catalogue), partial(say_once, said), Extent(archive, Share(share))
    if until is None:
        report = verify(settings, catalogue, None if no_wait else patience, say, extent)
    else:
        report = verify_until(settings, catalogue, _instant(until), say, extent)
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(report.lines()))
    sys.exit(0 if report.agrees else 1)


def _instant(until: str) -> int | None:
    """Ms since the epoch, or None for the newest checkpoint."""
    if until == "checkpoint":
        return None
    try:
        return round(datetime.datetime.fromisoformat(until).astimezone(datetime.UTC).timestamp() * 1000)
    except ValueError as exc:
        message = f"--until {until!r} must be a time such as 2026-11-25T18:00:00Z, or the word checkpoint"
        raise SettingsError(message) from exc


def say_once(said: set[str], text: str) -> None:
    """Print a line unless it was printed before."""
    if text not in said:
        said.add(text)
        click.echo(text, err=True)
