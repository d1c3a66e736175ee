"""`penchant migrate`: bring the store's tables to what this build and its catalogue need."""

import os

import click

from cql.migrate import migrate
from flink_job.local.settings import client_environ, stack_settings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.settings import read


@click.command(name="migrate")
@click.option("--catalogue", help="Name of a shipped catalogue, or a file.")
def command(catalogue: str | None) -> None:
    """Create or extend the tables. Again: nothing happens."""
    chosen = {"PENCHANT_CATALOGUE": catalogue} if catalogue else {}
    settings = read(JobSettings, client_environ(stack_settings(os.environ)) | dict(os.environ) | chosen)
    done = migrate(settings, load(settings.catalogue))
    click.echo("\n".join(done) if done else "nothing to do")
