"""`penchant savepoint`: take one before a release, so that a bug in it can be mended from there."""

import datetime
import os
from pathlib import Path

import click

from flink_job.local import flink, job
from flink_job.local.settings import job_settings, stack_settings
from flink_job.savepoint import offsets


@click.group(name="savepoint")
def command() -> None:
    """Take and list savepoints of the job on the local stack."""


@command.command(name="take")
@click.option("--job", "name", help=f"Name of the job.  [default: {job.NAME}; without --stop, the only one]")
@click.option("--stop", is_flag=True, help="Stop the job there; one that cannot go on is forgotten.")
def take(name: str | None, stop: bool) -> None:
    """Take a savepoint and print its path."""
    local = stack_settings(os.environ)
    # To stop the only job that is left, after the one that was meant, is not what a repeated command should do.
    named = name or (job.NAME if stop else None)
    record, directory = job.chosen(local, named), local.directory / "savepoints"
    if stop and (record.refused or (record.trouble and flink.job_state(local, record.job) == "LOST")):
        job.forget(local, record.job)
        click.echo(
            f"job {record.name} is forgotten without a savepoint: it runs no more, as it could not go on", err=True
        )
    elif stop:
        click.echo(job.stop_with_savepoint(local, record.job, directory))
    else:
        click.echo(flink.take_savepoint(local, record.job, directory))


@command.command(name="list")
def list_savepoints() -> None:
    """List savepoints, oldest first: when they were taken, and how many records they cover."""
    local = stack_settings(os.environ)
    topic = job_settings(os.environ).events_topic
    found = flink.savepoints(local.directory / "savepoints")
    click.echo("\n".join(_line(path, topic) for path in found) or "no savepoint was taken yet")


def _line(path: Path, topic: str) -> str:
    metadata = path / "_metadata"
    taken = datetime.datetime.fromtimestamp(metadata.stat().st_mtime, datetime.UTC)
    covered = sum(offsets(metadata.read_bytes(), topic).values())
    return f"{path}  taken {taken.isoformat(timespec='seconds')}, covers {covered:,} records"
