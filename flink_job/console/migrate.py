"""`penchant migrate`: bring the store's tables to what this build and its catalogue need."""

import os

import click

from cql.migrate import migrate
from flink_job.local.settings import job_settings
from udfs.catalogues.catalogue import load


@click.command(name="migrate")
@click.option("--catalogue", help="Name of a shipped catalogue, or a file.")
def command(catalogue: str | None) -> None:
    """Create or extend the tables. Again: nothing happens."""
    chosen = {"PENCHANT_CATALOGUE": catalogue} if catalogue else {}
    settings = job_settings(dict(os.environ) | chosen)
    done = migrate(settings, load(settings.catalogue))
    click.echo("\n".join(done) if done else "nothing to do")
