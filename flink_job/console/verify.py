"""`penchant verify`: does the store hold exactly what the log says?"""

import os
import sys

import click
import msgspec

from flink_job.local.settings import client_environ, stack_settings
from flink_job.settings import JobSettings
from flink_job.verify.verify import verify
from udfs.catalogues.catalogue import load
from udfs.settings import read


@click.command(name="verify")
@click.option("--patience", default=120.0, show_default=True, help="Longest wait for the job to catch up, seconds.")
@click.option("--no-wait", is_flag=True, help="Compare at once; what the job has not read yet is missing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(patience: float, no_wait: bool, as_json: bool) -> None:
    """Fold the whole log again and compare the store with it, cell by cell. Exit code 1 if anything differs."""
    settings = read(JobSettings, client_environ(stack_settings(os.environ)) | dict(os.environ))
    said: set[str] = set()
    report = verify(settings, load(settings.catalogue), None if no_wait else patience, lambda text: _say(text, said))
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(report.lines()))
    sys.exit(0 if report.agrees else 1)


def _say(text: str, said: set[str]) -> None:
    if text not in said:
        said.add(text)
        click.echo(text, err=True)
