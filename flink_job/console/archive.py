"""`penchant archive`: keep the log's records in compressed files by date, for when it no longer holds them."""

import os
import time
from pathlib import Path

import click

from flink_job.archive.archiver import archive
from flink_job.local.settings import job_settings
from flink_job.log import Log
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable


@click.command(name="archive")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--every", "every_s", default=300.0, show_default=True, help="Seconds between two looks at the log.")
@click.option("--once", is_flag=True, help="End when the archive has all that the log has now.")
def command(directory: Path, every_s: float, once: bool) -> None:
    """Write what the log has and DIRECTORY has not into it, again and again. One at a time per directory."""
    settings = job_settings(os.environ)
    while True:
        try:
            click.echo(f"{_archived(settings, directory):,} records added")
        except LogUnavailable as exc:
            if once:
                raise
            click.echo(f"penchant: {exc}; trying again in {every_s:.0f} s", err=True)
        if once:
            return
        time.sleep(every_s)


def _archived(settings: JobSettings, directory: Path) -> int:
    with Log(settings, settings.events_topic) as log:
        return archive(log, directory)
