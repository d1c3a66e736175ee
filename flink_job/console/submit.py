"""`penchant submit`: start the job on the local stack, from the beginning or from a savepoint, and see it run."""

import os
import time
from pathlib import Path

import click

from cql.migrate import migrate
from flink_job.local import job, kafka
from flink_job.local.settings import job_settings, stack_settings
from udfs.catalogues.catalogue import load
from udfs.errors import StackError
from udfs.settings import environment

_START_S = 120.0


@click.command(name="submit")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--from", "savepoint", type=click.Path(exists=True, path_type=Path), help="Savepoint or checkpoint.")
def command(parallelism: int, savepoint: Path | None) -> None:
    """Make topics and tables where they are missing, and start the job; its settings come from the environment.

    Ends once every task of the job runs.
    """
    local = stack_settings(os.environ)
    settings = job_settings(os.environ)
    kafka.create_topics(local, events=settings.events_topic, rejected=settings.rejected_topic)
    migrate(settings, load(settings.catalogue))
    submitted = job.submit(local, environment(settings), parallelism=parallelism, savepoint=savepoint)
    click.echo(f"{local.flink_url}/#/job/{submitted}/overview")
    begun = time.monotonic()
    if not job.await_running(local, job.NAME, _START_S):
        message = f"the job does not run after {_START_S:.0f} s; see its page, and the logs in {local.logs}"
        raise StackError(message)
    click.echo(f"the job runs after {time.monotonic() - begun:.0f} s", err=True)
