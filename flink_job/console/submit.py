"""`penchant submit`: start the job on the local stack, from the beginning or from a savepoint, and see it run."""

import os
import time
from functools import partial
from pathlib import Path

import click

from cql.migrate import migrate
from flink_job.local import flink, job, kafka
from flink_job.local.settings import StackSettings, job_settings, stack_settings
from flink_job.local.state import holder
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import StackError
from udfs.settings import environment

_START_S = 120.0
_GONE = flink.ENDED | {"LOST"}
_PLACE = ("PENCHANT_STORE_KEYSPACE", "PENCHANT_GENERATION")
"""What says where a job writes."""


@click.command(name="submit")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--from", "savepoint", type=click.Path(exists=True, path_type=Path), help="Savepoint or checkpoint.")
def command(parallelism: int, savepoint: Path | None) -> None:
    """Make topics and tables where they are missing, and start the job; its settings come from the environment.

    Ends once every task of the job runs.
    """
    local = stack_settings(os.environ)
    settings = job_settings(os.environ)
    check_alone(local, settings)
    kafka.create_topics(local, events=settings.events_topic, rejected=settings.rejected_topic)
    migrate(settings, load(settings.catalogue))
    submitted = job.submit(local, environment(settings), parallelism=parallelism, savepoint=savepoint)
    click.echo(f"{local.flink_url}/#/job/{submitted}/overview")
    begun = time.monotonic()
    if not job.await_running(local, job.NAME, _START_S):
        message = f"the job does not run after {_START_S:.0f} s; see its page, and the logs in {local.logs}"
        raise StackError(message)
    click.echo(f"the job runs after {time.monotonic() - begun:.0f} s", err=True)


def check_alone(local: StackSettings, settings: JobSettings) -> None:
    """Raise StackError if a job runs whose record this one would take, or which writes where this one would."""
    for record in filter(partial(_collides, settings), job.records(local)):
        state = flink.job_state(local, record.job)
        if state == "LOST" and not record.refused and holder(local.directory):
            message = (
                f"job {record.name!r} was lost and is being started again from its newest checkpoint; `penchant "
                f"status` shows how it goes, `penchant savepoint take --stop --job {record.name}` forgets it"
            )
            raise StackError(message)
        if state not in _GONE:
            message = (
                f"job {record.name!r} ({record.job}) is {state}, and a second one must not write beside it; stop it by "
                f"`penchant savepoint take --stop --job {record.name}` and go on from there by `penchant submit "
                f"--from SAVEPOINT`, or cancel it at {local.flink_url}/#/job/{record.job}/overview; a generation "
                "beside it is computed by `penchant reprocess`"
            )
            raise StackError(message)


def _collides(settings: JobSettings, record: job.Record) -> bool:
    own = environment(settings)
    return record.name == job.NAME or all(record.environ.get(name) == own[name] for name in _PLACE)
