"""`penchant bench`: measure Penchant on this machine."""

import os
from pathlib import Path

import click
import msgspec

from flink_job.local.bench.pipeline import Order, PipelineBench, Report
from flink_job.local.settings import client_environ, stack_settings
from flink_job.settings import JobSettings
from udfs.settings import read


@click.group(name="bench")
def command() -> None:
    """Measure Penchant on this machine."""


@command.command(name="pipeline")
@click.option("--events", type=click.IntRange(1000), default=200_000, show_default=True, help="Size of the backlog.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="Runs of each variant.")
@click.option("--users", default=20_000, show_default=True, help="Users at any one time.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--rate", default=1000.0, show_default=True, help="Events a second of the paced run; 0 = none.")
@click.option("--paced-seconds", "paced_s", default=60.0, show_default=True, help="Length of the paced run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pipeline(as_json: bool, **options: object) -> None:
    """Events a second through decode, collect and fold, without and with the store."""
    local = stack_settings(os.environ)
    local = msgspec.structs.replace(local, stack_directory=str(Path(local.cache) / "bench"))
    settings = read(JobSettings, dict(os.environ) | client_environ(local))
    order = msgspec.convert(options, Order)
    report = PipelineBench(local, settings, order, say=lambda text: click.echo(text, err=True)).run()
    click.echo(msgspec.json.format(msgspec.json.encode(report)) if as_json else _text(report))


def _text(report: Report) -> str:
    rows = [f"{report.cores} cores ({report.machine}), shared by: {report.sharing_the_cores}"]
    for run in report.runs:
        cpu = ", ".join(f"{part} {seconds * 1000:.0f}" for part, seconds in run.cpu_per_1000_events.items())
        rows.append(
            f"{run.variant:<14} {run.events_per_second:>9,.0f} events/s, {run.events_per_emit:.1f} events per emit; "
            f"CPU microseconds per event: {cpu}"
        )
    rows += [f"median {variant}: {rate:,.0f} events/s" for variant, rate in report.median.items()]
    return "\n".join(rows)
