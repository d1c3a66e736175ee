"""`penchant evaluate`: does the model predict what users do next, and do its intervals hold what they promise?"""

import datetime
from pathlib import Path

import click
import msgspec

from flink_job.console.options import catalogue as catalogue_option
from flink_job.evaluate.evaluate import Order, evaluate
from flink_job.evaluate.lines import lined
from flink_job.evaluate.log import Log
from flink_job.evaluate.report import text
from flink_job.evaluate.simulated import simulated
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.rhythm import DAY_S
from flink_job.local.traffic.traffic import traffic
from udfs.catalogues.catalogue import load
from udfs.errors import SettingsError

_END = "2026-11-01"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Source(msgspec.Struct, frozen=True):
    """Where the log comes from; the options of the same names."""

    catalogue: str
    seed: int
    users: int
    events: int
    history_days: int
    end: datetime.datetime
    events_file: Path | None = None
    shown: Path | None = None
    items: Path | None = None


@click.command(name="evaluate")
@catalogue_option
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Fixes tastes and resampling.")
@click.option("--users", default=3000, show_default=True, help="Simulated users at any one time.")
@click.option("--events", type=click.IntRange(1), default=300_000, show_default=True, help="Simulated events.")
@click.option("--history-days", type=click.IntRange(5), default=30, show_default=True, help="Simulated dates.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), default=_END, show_default=True, help="The date after them.")
@click.option(
    "--from", "events_file", type=_FILE, metavar="FILE", help="Events as JSON lines instead of simulated ones."
)
@click.option("--shown", type=_FILE, metavar="FILE", help="What users were shown, as `produce --shown` writes it.")
@click.option("--items", type=_FILE, metavar="FILE", help="Items on offer as JSON lines, for what was shown only.")
@click.option("--held-out", type=click.IntRange(1), help="Days each for validation and test; a fifth by default.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write report.json and pictures there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(out: Path | None, held_out: int | None, as_json: bool, **options: object) -> None:
    """Evaluate the model on simulated traffic, or on events as JSON lines. Needs no stack."""
    source = msgspec.convert({name: value for name, value in options.items() if value is not None}, Source)
    report = evaluate(_log(source), Order(held_out=held_out, seed=source.seed), lambda said: click.echo(said, err=True))
    encoded = msgspec.json.format(msgspec.json.encode(report))
    if out:
        from flink_job.evaluate.plots import draw

        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_bytes(encoded)
        draw(report, out)
    click.echo(encoded if as_json else text(report))


def _log(source: Source) -> Log:
    catalogue = load(source.catalogue)
    if source.events_file is None:
        if source.shown or source.items:
            message = "--shown and --items belong to --from; simulated traffic knows its own"
            raise SettingsError(message)
        rate = source.events / (source.history_days * DAY_S)
        kind = traffic({"seed": source.seed, "users": source.users, "rate": rate})
        return simulated(load_items(catalogue), kind, source.events, source.history_days, source.end.date())
    return lined(catalogue, *(_lines(path) for path in (source.events_file, source.shown, source.items)))


def _lines(path: Path | None) -> list[bytes]:
    return path.read_bytes().splitlines() if path else []
