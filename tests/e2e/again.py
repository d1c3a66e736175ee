"""Computing history again, as tests do it: prepared as by the command, on the tests' own cluster."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner
from trial import CARS

from cql.generations import Generations
from cql.store import Store
from flink_job.console.main import main
from flink_job.local import job, reprocess
from flink_job.local.settings import StackSettings, client_environ
from flink_job.reprocess.prepare import Prepared, Preparer
from flink_job.reprocess.watch import Advance
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.settings import environment


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@contextmanager
def generations(settings: JobSettings) -> Iterator[Generations]:
    store = Store.open(settings)
    try:
        yield Generations(store)
    finally:
        store.close()


def from_savepoint(settings: JobSettings, savepoint: Path) -> Prepared:
    with generations(settings) as found:
        return Preparer(settings, found, CARS, now()).from_savepoint(savepoint)


def from_log(settings: JobSettings, days: int) -> Prepared:
    with generations(settings) as found:
        return Preparer(settings, found, load(settings.catalogue), now()).from_log(ago_date(days))


def ago_date(days: int) -> datetime.date:
    return now().date() - datetime.timedelta(days=days)


def silent(_: Advance) -> None:
    pass


def penchant(local: StackSettings, settings: JobSettings, *command: str) -> str:
    """What a command prints, run as on the command line for this job's log and tables."""
    result = CliRunner().invoke(main, command, env=client_environ(local) | environment(settings))
    assert result.exit_code == 0, result.output
    return result.output


def job_of(local: StackSettings, prepared: Prepared) -> str:
    name = reprocess.job_name(prepared.settings)
    return next(record.job for record in job.records(local) if record.name == name)
