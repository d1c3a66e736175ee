"""`penchant bench`: measure Penchant on this machine."""

import os
from pathlib import Path

import click
import msgspec

from flink_job.local.bench import freshness as fresh
from flink_job.local.bench import model as cost
from flink_job.local.bench import recovery as recover
from flink_job.local.bench import reprocess as again
from flink_job.local.bench.pipeline import Order, PipelineBench, Report
from flink_job.local.settings import StackSettings, client_environ, stack_settings
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
    local, settings = _own_stack()
    order = msgspec.convert(options, Order)
    report = PipelineBench(local, settings, order, say=_say).run()
    click.echo(_json(report) if as_json else _text(report))


@command.command(name="freshness")
@click.option("--rate", type=click.FloatRange(1), default=500.0, show_default=True, help="Events per second meanwhile.")
@click.option("--users", default=20_000, show_default=True, help="Users at any one time.")
@click.option("--seconds", default=120.0, show_default=True, help="How long canaries fly.")
@click.option("--every", "every_s", default=0.5, show_default=True, help="Seconds between canaries.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def freshness(as_json: bool, **options: object) -> None:
    """Seconds from an event's time until it can be read through the API, under paced traffic."""
    report = fresh.freshness(*_own_stack(), msgspec.convert(options, fresh.Order), _say)
    text = (
        f"{report.flights} canaries at {report.order.rate:,.0f} events/s on {report.cores} cores: readable after "
        f"p50 {report.p50} s, p90 {report.p90} s, p99 {report.p99} s, worst {report.worst} s; {report.lost} lost"
    )
    click.echo(_json(report) if as_json else text)


@command.command(name="recovery")
@click.option("--rate", type=click.FloatRange(1), default=300.0, show_default=True, help="Events per second meanwhile.")
@click.option("--users", default=20_000, show_default=True, help="Users at any one time.")
@click.option("--state-users", default=0, show_default=True, help="Users who lie in the job's state before.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recovery(as_json: bool, **options: object) -> None:
    """Seconds from the kill of each process in turn until all is fresh again."""
    report = recover.recovery(*_own_stack(), msgspec.convert(options, recover.Order), _say)
    rows = [f"{victim:<14} fresh again after {seconds} s" for victim, seconds in report.seconds.items()]
    click.echo(_json(report) if as_json else "\n".join(rows))


@command.command(name="reprocess")
@click.option("--events", type=click.IntRange(1000), default=200_000, show_default=True, help="Size of the backlog.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="Runs of each.")
@click.option("--users", default=20_000, show_default=True, help="Users at any one time.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reprocess(as_json: bool, **options: object) -> None:
    """Events a second when history is computed again, without a cap, beside those of the job at first."""
    report = again.bench(*_own_stack(), msgspec.convert(options, again.Order), _say)
    text = (
        f"at first {report.at_first:,.0f} events/s, again {report.again:,.0f} ({report.ratio} of it, "
        f"{report.times_the_mean_load} times {again.MEAN_LOAD:,} events/s) on {report.cores} cores"
    )
    click.echo(_json(report) if as_json else text)


@command.command(name="model")
@click.option("--catalogue", default="cars", show_default=True, help="Name of a shipped catalogue, or a file.")
@click.option("--events", type=click.IntRange(1000), default=60_000, show_default=True, help="Simulated events.")
@click.option("--users", default=600, show_default=True, help="Simulated users at any one time.")
@click.option("--days", type=click.IntRange(1), default=30, show_default=True, help="Simulated dates.")
@click.option("--repeats", type=click.IntRange(1), default=200, show_default=True, help="Answers of each kind.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def model(as_json: bool, **options: object) -> None:
    """Microseconds of one profile and of scores, without store and HTTP."""
    report = cost.measure(msgspec.convert(options, cost.Order))
    rows = [
        f"{who}, {one.rows} rows x {report.dimensions} dimensions: posteriors {one.posteriors:,.0f} us, profile "
        f"{one.profile:,.0f} us more, or scores of "
        + ", ".join(f"{count} items {taken:,.0f} us" for count, taken in one.scores.items())
        for who, one in (("typical user", report.typical), ("busiest user", report.busiest))
    ]
    click.echo(_json(report) if as_json else "\n".join(rows))


def _own_stack() -> tuple[StackSettings, JobSettings]:
    """A stack of the bench's own, which it wipes."""
    local = stack_settings(os.environ)
    local = msgspec.structs.replace(local, stack_directory=str(Path(local.cache) / "bench"))
    return local, read(JobSettings, dict(os.environ) | client_environ(local))


def _say(text: str) -> None:
    click.echo(text, err=True)


def _json(report: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report))


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
