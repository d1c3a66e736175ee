"""`penchant doctor`: what is wrong with a deployment, and how to mend it."""

import os
import sys

import click
import msgspec

from flink_job import clock
from flink_job.doctor.doctor import examine
from flink_job.doctor.finding import Finding
from flink_job.local.settings import job_settings, stack_settings
from udfs.catalogues.catalogue import load


@click.command(name="doctor")
@click.option("--flink", "flink_url", metavar="URL", help="Root of Flink's REST interface; '' leaves it out.")
@click.option("--api", "api_url", metavar="URL", help="Root of the API; '' leaves it out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(flink_url: str | None, api_url: str | None, as_json: bool) -> None:
    """Look at log, store, Flink and API, by default of the local stack. Exit code 1 if anything must be mended."""
    local = stack_settings(os.environ)
    settings = job_settings(os.environ)
    flink = local.flink_url if flink_url is None else flink_url.rstrip("/")
    api = local.api_url if api_url is None else api_url.rstrip("/")
    found = []
    for finding in examine(settings, load(settings.catalogue), flink, api, clock.now_ms):
        found.append(finding)
        if not as_json:
            click.echo(_line(finding))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    sys.exit(0 if all(finding.is_well for finding in found) else 1)


def _line(finding: Finding) -> str:
    mark = "ok  " if finding.is_well else "MEND"
    return f"{mark} {finding.part:<5} {finding.says}" + (f"\n           -> {finding.mend}" if finding.mend else "")
