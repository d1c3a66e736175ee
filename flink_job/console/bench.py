"""`penchant bench`: measure Penchant on this machine."""

import os
from pathlib import Path

import click
import msgspec

from flink_job.console.options import catalogue as catalogue_option
from flink_job.local.bench import api as api_bench
from flink_job.local.bench import freshness as freshness_bench
from flink_job.local.bench import growth as growth_bench
from flink_job.local.bench import model as model_bench
from flink_job.local.bench import read as read_bench
from flink_job.local.bench import recovery as recovery_bench
from flink_job.local.bench import reprocess as reprocess_bench
from flink_job.local.bench import storage as storage_bench
from flink_job.local.bench import write as write_bench
from flink_job.local.bench.load import Level
from flink_job.local.bench.pipeline import Order, PipelineBench
from flink_job.local.bench.serving import serving
from flink_job.local.live import VICTIMS
from flink_job.local.settings import StackSettings, client_environ, stack_settings
from flink_job.settings import JobSettings
from udfs.settings import read

_STORE_ONLY = ("kafka", "flink", "api")
_PATIENT_MS = 20_000
_FEW = 20
"""Users who are stored before the bench writes its own."""


def _numbers(ctx: click.Context, param: click.Parameter, text: str) -> list[int]:
    return [click.IntRange(1)(number, param, ctx) for number in text.split(",")]


@click.group(name="bench")
def command() -> None:
    """Measure Penchant on this machine."""


@command.command(name="pipeline")
@click.option("--events", type=click.IntRange(1000), default=400_000, show_default=True, help="Size of the backlog.")
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
    _tell(report, report.lines(), as_json=as_json)


@command.command(name="freshness")
@click.option("--rate", type=click.FloatRange(1), default=500.0, show_default=True, help="Events per second meanwhile.")
@click.option("--users", default=20_000, show_default=True, help="Users at any one time.")
@click.option("--seconds", default=120.0, show_default=True, help="How long canaries fly.")
@click.option("--every", "every_s", default=0.5, show_default=True, help="Seconds between canaries.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--again", type=click.IntRange(0), default=0, help="Events in the log to compute again meanwhile.")
@click.option("--again-rate", type=click.IntRange(0), default=0, help="Rows per second of that; 0: no cap.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def freshness(as_json: bool, **options: object) -> None:
    """Seconds from an event's time until it can be read through the API, under paced traffic."""
    report = freshness_bench.freshness(*_own_stack(), msgspec.convert(options, freshness_bench.Order), _say)
    text = (
        f"{report.flights} canaries at {report.order.rate:,.0f} events/s on {report.cores} cores: readable after "
        f"p50 {report.p50} s, p90 {report.p90} s, p99 {report.p99} s, worst {report.worst} s; {report.lost} lost; "
        f"{report.computed_again:,} records were computed again"
    )
    _tell(report, [text], as_json=as_json)


@command.command(name="recovery")
@click.option("--rate", type=click.FloatRange(1), default=300.0, show_default=True, help="Events per second meanwhile.")
@click.option("--users", default=20_000, show_default=True, help="Users at any one time.")
@click.option("--state-users", default=0, show_default=True, help="Users who lie in the job's state before.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--victim", "victims", type=click.Choice(VICTIMS), multiple=True, default=VICTIMS, help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recovery(as_json: bool, **options: object) -> None:
    """Seconds from the kill of each process in turn until all is fresh again."""
    report = recovery_bench.recovery(*_own_stack(), msgspec.convert(options, recovery_bench.Order), _say)
    rows = [f"{victim:<14} fresh again after {seconds} s" for victim, seconds in report.seconds.items()]
    _tell(report, rows, as_json=as_json)


@command.command(name="reprocess")
@click.option("--events", type=click.IntRange(1000), default=400_000, show_default=True, help="Size of the backlog.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="Runs of each.")
@click.option("--users", default=20_000, show_default=True, help="Users at any one time.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reprocess(as_json: bool, **options: object) -> None:
    """Events a second when history is computed again, without a cap, beside those of the job at first."""
    report = reprocess_bench.bench(*_own_stack(), msgspec.convert(options, reprocess_bench.Order), _say)
    text = (
        f"at first {report.at_first:,.0f} events/s, again {report.again:,.0f} ({report.ratio} of it, "
        f"{report.times_the_mean_load} times {reprocess_bench.MEAN_LOAD:,} events/s) on {report.cores} cores"
    )
    _tell(report, [text], as_json=as_json)


@command.command(name="write")
@click.option("--users", type=click.IntRange(1), default=100, show_default=True, help="Users of 60 rows each.")
@click.option("--repeats", type=click.IntRange(1), default=5, show_default=True, help="Runs of each way.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def write(as_json: bool, **options: int) -> None:
    """Rows a second of our writer, against the bare driver's own loop over the same rows."""
    order = msgspec.convert(options, write_bench.Order)
    with serving(*_own_stack(), _FEW, _say, _STORE_ONLY) as served:
        report = write_bench.write(served, order, _say)
    rows = [
        f"{name:<12} {rate} rows/s; CPU us per row: {_cpu(report.cpu_us[name])}"
        for name, rate in report.per_second.items()
    ]
    rows.append(f"rows per CPU second of the client: {report.to_bare_driver} of the bare driver's")
    _tell(report, rows, as_json=as_json)


@command.command(name="read")
@click.option("--users", type=click.IntRange(1), default=200, show_default=True, help="Users to read.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="Runs of each reader.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of each run and of each rate.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def read_command(as_json: bool, **options: float) -> None:
    """Partitions read and understood a second, against the bare driver, without HTTP."""
    order = msgspec.convert(options, read_bench.Order)
    with serving(*_own_stack(), order.users, _say, _STORE_ONLY) as served:
        report = read_bench.read(served, order, _say)
    rows = [f"{name:<24} {one.per_second}/s; CPU us: {_cpu(one.cpu_us)}" for name, one in report.costs.items()]
    _tell(report, [*rows, *_levels(report.levels)], as_json=as_json)


@command.command(name="api")
@click.option("--users", type=click.IntRange(1), default=200, show_default=True, help="Users to ask for.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="Closed loops of each question.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of each loop and of each rate.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def api(as_json: bool, **options: float) -> None:
    """Answers a second and their latency over HTTP, against the bare driver reading the same partitions."""
    order = msgspec.convert(options, api_bench.Order)
    with serving(*_own_stack(), order.users, _say) as served:
        report = api_bench.api(served, order, _say)
    rows = [
        f"bare driver, {dates} dates: {rate} reads/s; CPU us: {_cpu(report.bare_driver_cpu_us[dates])}"
        for dates, rate in report.bare_driver.items()
    ]
    for name, one in report.questions.items():
        rows.append(f"{name}: {one.per_second}/s, {one.to_bare_driver} of the bare driver; CPU us: {_cpu(one.cpu_us)}")
        rows += _levels(one.levels)
    _tell(report, rows, as_json=as_json)


@command.command(name="storage")
@click.option("--users", type=click.IntRange(1), default=200, show_default=True, help="Users of 60 dates.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def storage(as_json: bool, **options: int) -> None:
    """Bytes on disk per user, date and dimension."""
    order = msgspec.convert(options, storage_bench.Order)
    with serving(*_own_stack(), _FEW, _say, _STORE_ONLY) as served:
        report = storage_bench.storage(served, order, _say)
    rows = [f"{way:<20} {found} bytes" for way, found in {"encoded": report.encoded_bytes, **report.bytes}.items()]
    _tell(report, rows, as_json=as_json)


@command.command(name="growth")
@click.option(
    "--users",
    default="10000,100000,1000000",
    callback=_numbers,
    show_default=True,
    help="Numbers of users, few first, separated by commas.",
)
@click.option("--events", type=click.IntRange(1000), default=200_000, show_default=True, help="Events that count.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def growth(as_json: bool, users: list[int], **options: int) -> None:
    """CPU of an event, size of the state and time of a checkpoint, at few and at many users."""
    order = msgspec.convert({"users": users, **options}, growth_bench.Order)
    report = growth_bench.growth(*_own_stack(), order, _say)
    rows = [
        f"{int(number):>9,} users: {run.events_per_second:,.0f} events/s, CPU per event {report.to_least[number]}x, "
        f"state {run.state_bytes / 1e6:,.0f} MB, checkpoint {run.checkpoint_s:.2f} s"
        for number, run in report.runs.items()
    ]
    _tell(report, rows, as_json=as_json)


@command.command(name="model")
@catalogue_option
@click.option("--events", type=click.IntRange(1000), default=60_000, show_default=True, help="Simulated events.")
@click.option("--users", default=600, show_default=True, help="Simulated users at any one time.")
@click.option("--days", type=click.IntRange(1), default=30, show_default=True, help="Simulated dates.")
@click.option("--repeats", type=click.IntRange(1), default=200, show_default=True, help="Answers of each kind.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def model(as_json: bool, **options: object) -> None:
    """Microseconds of one profile and of scores, without store and HTTP."""
    report = model_bench.measure(msgspec.convert(options, model_bench.Order))
    rows = [
        f"{who}, {one.rows} rows x {report.dimensions} dimensions: posteriors {one.posteriors:,.0f} us, profile "
        f"{one.profile:,.0f} us more, or scores of "
        + ", ".join(f"{count} items {taken:,.0f} us" for count, taken in one.scores.items())
        for who, one in (("typical user", report.typical), ("busiest user", report.busiest))
    ]
    _tell(report, rows, as_json=as_json)


def _own_stack() -> tuple[StackSettings, JobSettings]:
    """A stack of the bench's own, which it wipes."""
    local = stack_settings(os.environ)
    local = msgspec.structs.replace(local, stack_directory=str(Path(local.cache) / "bench"))
    settings = read(JobSettings, dict(os.environ) | client_environ(local))
    # A machine that is measured is busy: a slow answer is a finding and not an error.
    return local, msgspec.structs.replace(settings, store_timeout_ms=_PATIENT_MS)


def _cpu(parts: dict[str, float]) -> str:
    return ", ".join(f"{part} {spent:,.0f}" for part, spent in parts.items())


def _levels(levels: list[Level]) -> list[str]:
    return [
        f"  {one.offered:>8,.0f}/s offered: {one.served:>8,.0f} served, {one.failed} failed, "
        f"p50 {one.p50_ms:.1f} ms, p99 {one.p99_ms:.1f} ms"
        for one in levels
    ]


def _say(text: str) -> None:
    click.echo(text, err=True)


def _tell(report: msgspec.Struct, rows: list[str], *, as_json: bool) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(report)) if as_json else "\n".join(rows))
