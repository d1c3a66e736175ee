"""`penchant priors`: fit what is believed of a user of whom nothing is known, and choose which version is in force."""

import datetime
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from cql.generations import chosen
from cql.shelf import Shelf, Version
from cql.store import Store
from flink_job.local.settings import job_settings
from flink_job.priors.fit import FEW_CHOICES, Report, fit_priors
from flink_job.priors.offered import items, shown
from flink_job.priors.rows import logged_rows, stored_rows
from flink_job.priors.sample import check, sample
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.model import decay
from udfs.model.question import Question

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_POSITIVE = click.FloatRange(0, min_open=True)


@click.group(name="priors")
def command() -> None:
    """Fit, list and choose what is believed without evidence."""


@command.command(name="fit")
@click.option("--source", type=click.Choice(["store", "log"]), default="store", show_default=True, help="Where from.")
@click.option("--users", type=click.IntRange(1), default=20_000, show_default=True, help="Users in the sample.")
@click.option("--seed", default=1, show_default=True, help="Fixes the sample.")
@click.option("--days", type=click.IntRange(1, 3_650), default=30, show_default=True, help="Dates to learn from.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last of them; yesterday by default.")
@click.option("--half-life", type=_POSITIVE, help="Weigh dates by an exponential decay, as most questions do.")
@click.option("--inventory", type=_FILE, metavar="FILE", help="Items on offer, a JSON object a line.")
@click.option("--shown", "lists", type=_FILE, metavar="FILE", help="Lists shown after --until and what was chosen.")
@click.option("--use/--keep", default=True, show_default=True, help="Put the new version in force, or only keep it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fit(
    source: str,
    users: int,
    seed: int,
    days: int,
    until: datetime.datetime | None,
    half_life: float | None,
    inventory: Path | None,
    lists: Path | None,
    use: bool,
    as_json: bool,
) -> None:
    """Find the priors under which a sample of users is most likely, and keep them as a version with a report."""
    settings = _settings()
    settings = msgspec.structs.replace(settings, generation=chosen(settings))
    catalogue = load(settings.catalogue)
    now = datetime.datetime.now(datetime.UTC)
    last = until.date() if until else now.date() - datetime.timedelta(days=1)
    aged = decay.parse("exponential", {"half_life": str(half_life)}) if half_life else decay.Decay()
    first = last - datetime.timedelta(days=days - 1)
    question = Question(first, last, tuple(catalogue.by_name), catalogue.weights, aged)
    rows = (stored_rows if source == "store" else logged_rows)(settings, catalogue)
    offered = items(inventory, catalogue) if inventory else {}
    sampled = sample(rows, users, seed)
    check(sampled, first, last)
    priors, report = fit_priors(catalogue, sampled, question, offered, shown(lists) if lists else ())
    with _shelf(settings) as shelf:
        shelf.put(priors, msgspec.json.encode(report).decode(), now)
        if use:
            shelf.use(priors.version)
    if lists and report.choices < FEW_CHOICES:
        message = (
            f"only {report.choices} lists were shown after {last} to users of the sample and hold items of "
            f"--inventory; {FEW_CHOICES} are needed, so every dimension counts fully"
        )
        click.echo(message, err=True)
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        Console().print(_table(report, in_force=use))


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_versions(as_json: bool) -> None:
    """List all versions, oldest first."""
    with _shelf(_settings()) as shelf:
        found = shelf.versions()
    click.echo(msgspec.json.encode(found) if as_json else "\n".join(map(_line, found)) or "no priors were fitted yet")


@command.command(name="show")
@click.argument("version")
def show(version: str) -> None:
    """Print the priors of a version as JSON."""
    with _shelf(_settings()) as shelf:
        click.echo(msgspec.json.format(msgspec.json.encode(shelf.take(version))))


@command.command(name="use")
@click.argument("version")
def use_version(version: str) -> None:
    """Put a version in force; running APIs follow within a minute."""
    with _shelf(_settings()) as shelf:
        shelf.use(version)
    click.echo(f"{version} is in force")


def _settings() -> JobSettings:
    return job_settings(os.environ)


@contextmanager
def _shelf(settings: JobSettings) -> Iterator[Shelf]:
    store = Store.open(settings)
    try:
        yield Shelf(store)
    finally:
        store.close()


def _line(version: Version) -> str:
    made = version.made_at.isoformat(timespec="seconds")
    return f"{version.version}  made {made}{'  in force' if version.in_force else ''}"


def _table(report: Report, *, in_force: bool) -> Table:
    title = (
        f"priors {report.version}{' (in force)' if in_force else ''}: {report.users:,} users, {report.first} to "
        f"{report.last}, {report.offered:,} items on offer, {report.choices:,} choices"
    )
    table = Table("search", "users", "observations", "steps", "converged", "gain, nats each", title=title, box=None)
    for name, found in report.searches.items():
        counts = (f"{found.users:,}", f"{found.observations:,.0f}", str(found.iterations))
        table.add_row(name, *counts, "yes" if found.converged else "no", f"{found.gain:.3f}")
    return table
