"""`penchant submit`: start the job on the local stack, from the beginning or from a savepoint."""

import os
from pathlib import Path

import click

from cql.migrate import migrate
from flink_job.local import job, kafka
from flink_job.local.settings import job_settings, stack_settings
from udfs.catalogues.catalogue import load
from udfs.settings import environment


@click.command(name="submit")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--from", "savepoint", type=click.Path(exists=True, path_type=Path), help="Savepoint or checkpoint.")
def command(parallelism: int, savepoint: Path | None) -> None:
    """Make topics and tables where they are missing, and start the job; its settings come from the environment."""
    local = stack_settings(os.environ)
    settings = job_settings(os.environ)
    kafka.create_topics(local, events=settings.events_topic, rejected=settings.rejected_topic)
    migrate(settings, load(settings.catalogue))
    submitted = job.submit(local, environment(settings), parallelism=parallelism, savepoint=savepoint)
    click.echo(f"{local.flink_url}/#/job/{submitted}/overview")
