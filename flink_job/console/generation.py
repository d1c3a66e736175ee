"""`penchant generation`: the computations of all deltas, which of them answers rest on, and the way to another one."""

import datetime
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import click
import msgspec

from cql.generations import Generations
from cql.layers import Generation, InForce, number_in_force
from cql.scan import scan
from cql.store import Store
from flink_job.console.options import share as share_option
from flink_job.console.verify import say_once
from flink_job.generations.difference import difference
from flink_job.generations.fence import faults
from flink_job.generations.switch import drop, rollback, switch
from flink_job.local.settings import job_settings
from flink_job.settings import JobSettings
from flink_job.share import Share
from flink_job.verify.verify import Extent
from udfs.catalogues.catalogue import load
from udfs.errors import StoreRefused

_DATE = click.DateTime(["%Y-%m-%d"])


@click.group(name="generation")
def command() -> None:
    """List, make, compare, switch to and drop generations."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_generations(as_json: bool) -> None:
    """List all generations and which one is in force."""
    settings = _settings()
    with _generations(settings) as generations:
        known, current = list(generations.known().values()), generations.in_force()
    if as_json:
        click.echo(msgspec.json.encode({"in_force": current, "generations": known}))
    else:
        number = number_in_force(current, settings.generation)
        click.echo("\n".join(_line(one, number, current) for one in known) or "no generation was written yet")


@command.command(name="create")
@click.option("--parent", type=click.IntRange(1), help="Whose rows count where it has none; by default that in force.")
@click.option("--alone-from", type=_DATE, metavar="DATE", help="Its rows alone count from this date on.")
@click.option("--origin", default="by hand", show_default=True, help="Where it comes from, for `list`.")
def create(parent: int | None, alone_from: datetime.datetime | None, origin: str) -> None:
    """Make a generation by hand, for a job with that PENCHANT_GENERATION; `penchant reprocess` makes its own."""
    settings = _settings()
    with _generations(settings) as generations:
        below = parent or generations.current(settings.generation)
        alone = alone_from.date() if alone_from else None
        wanted = Generation(number=below + 1, parent=below, alone_from=alone, origin=origin)
        made = generations.create(wanted, _now())
    click.echo(f"generation {made.number} is made; start a job with PENCHANT_GENERATION={made.number}")


@command.command(name="switch")
@click.argument("number", type=click.IntRange(1))
@click.option("--force", is_flag=True, help="Also when it is behind, or is not what the log says.")
@click.option("--archive", type=click.Path(path_type=Path), help="Where records lie that the log no longer has.")
@share_option
def switch_to(number: int, force: bool, archive: Path | None, share: float) -> None:
    """Let answers rest on a generation; running APIs follow within a second."""
    settings = _settings()
    if not force:
        _check(msgspec.structs.replace(settings, generation=number), Extent(archive, Share(share)))
    with _generations(settings) as generations:
        done = switch(generations, number, settings.generation, _now())
    click.echo(f"generation {done.number} is in force; `penchant generation rollback` goes back to {done.previous}")


@command.command(name="rollback")
def roll_back() -> None:
    """Let answers rest again on the generation before the last switch."""
    with _generations(_settings()) as generations:
        done = rollback(generations, _now())
    click.echo(f"generation {done.number} is in force again, no longer {done.previous}")


@command.command(name="drop")
@click.argument("number", type=click.IntRange(1))
def drop_one(number: int) -> None:
    """Delete all rows of a generation. Again after an interruption: it goes on. Stop the job that writes it before."""
    settings, done = _settings(), 0
    with _generations(settings) as generations:
        for done in drop(generations, number, settings.generation, _now()):
            if done % 10_000 == 0:
                click.echo(f"{done:,} users", err=True)
    click.echo(f"generation {number} is dropped: {done:,} users had rows in it")


@command.command(name="diff")
@click.argument("first", type=click.IntRange(1))
@click.argument("second", type=click.IntRange(1))
@share_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(first: int, second: int, share: float, as_json: bool) -> None:
    """Show what changed from one generation to another, per dimension, each with its parents below it."""
    settings = _settings()
    catalogue = load(settings.catalogue)
    with closing(Store.open(settings)) as store:
        both = map(Generations(store).layers, (first, second))
        one, other = (scan(store, layers, catalogue, Share(share).holds_user) for layers in both)
        found = difference(one, other, catalogue)
    click.echo(msgspec.json.encode(found) if as_json else "\n".join(found.lines()))


def _check(settings: JobSettings, extent: Extent) -> None:
    found = list(faults(settings, load(settings.catalogue), partial(say_once, set()), extent))
    if found:
        message = (
            f"generation {settings.generation} is not switched to: {'; '.join(found)}; --force switches all the same"
        )
        raise StoreRefused(message)


def _settings() -> JobSettings:
    return job_settings(os.environ)


@contextmanager
def _generations(settings: JobSettings) -> Iterator[Generations]:
    with closing(Store.open(settings)) as store:
        yield Generations(store)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _line(one: Generation, number: int, current: InForce | None) -> str:
    place = "in force" if one.number == number else "before" if current and one.number == current.previous else ""
    alone = f"alone from {one.alone_from}" if one.alone_from else "lies over it" if one.parent else ""
    over = f"over {one.parent}, {alone}" if one.parent else alone or "the whole log"
    made = f"made {one.made_at.isoformat(timespec='seconds')}" if one.made_at else ""
    return "  ".join(filter(None, [str(one.number), one.state, place, over, one.origin, made]))
