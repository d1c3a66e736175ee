"""Priors on real Cassandra: fitted from stored rows, kept as versions, put in force, and read by the API's reader."""

import asyncio
import datetime
from collections.abc import Iterator

import pytest
from running import own_job
from strategies import GARAGE, NOON_MS

from cql.migrate import migrate
from cql.reader import Reader
from cql.rows import BatchKey
from cql.shelf import Shelf
from cql.store import Store
from cql.writer import Writer
from flink_job.local.settings import StackSettings
from flink_job.priors.fit import Report, fit_priors
from flink_job.priors.rows import stored_rows
from flink_job.priors.sample import sample
from flink_job.settings import JobSettings
from udfs.errors import StoreRefused
from udfs.events.batch import Batch, date_of
from udfs.events.payload import together
from udfs.model.dirichlet import DirichletPrior
from udfs.model.priors import Priors, from_json
from udfs.model.question import Question
from udfs.statistics.fold import Fold

DAY = 20777
USERS = 40
MADE = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def settings(local: StackSettings) -> JobSettings:
    """A store in which every user has looked at four audis and one lada."""
    found = own_job(local, "priors")
    migrate(found, GARAGE)
    store = Store.open(found)
    writer, fold = Writer(store, found, GARAGE), Fold(GARAGE).fold
    payloads = [f'["e{n}","i{n}",0,{n},"{"lada" if n == 4 else "audi"}",9000000,{n * 9_000}]' for n in range(5)]
    for user in range(USERS):
        key = BatchKey(f"user-{user}", Batch(DAY, user % 24))
        assert asyncio.run(writer.write(key, fold(together(payloads)), NOON_MS))
    store.close()
    return found


@pytest.fixture
def store(settings: JobSettings) -> Iterator[Store]:
    opened = Store.open(settings)
    yield opened
    opened.close()


def test_priors_are_learned_from_what_is_stored(settings: JobSettings) -> None:
    priors, report = _fitted(settings)
    make = priors.population["make"]
    assert isinstance(make, DirichletPrior)
    assert make.shares == pytest.approx({"audi": 0.8, "lada": 0.2}, abs=0.02)
    assert (report.users, report.searches["make"].observations) == (USERS, pytest.approx(5 * USERS))


def test_the_same_rows_make_the_same_version(settings: JobSettings) -> None:
    assert _fitted(settings)[0].version == _fitted(settings)[0].version


def test_a_version_is_in_force_once_it_was_chosen_and_the_api_reads_it(settings: JobSettings, store: Store) -> None:
    priors, _ = _fitted(settings)
    shelf, reader = Shelf(store), Reader(store)
    shelf.put(priors, "{}", MADE)
    assert [(one.version, one.in_force) for one in shelf.versions()] == [(priors.version, False)]
    shelf.use(priors.version)
    assert asyncio.run(reader.priors_in_force()) == priors.version
    assert from_json(asyncio.run(reader.priors(priors.version))) == priors
    assert [one.in_force for one in shelf.versions()] == [True]


def test_a_version_that_is_not_there_cannot_be_put_in_force(store: Store) -> None:
    with pytest.raises(StoreRefused, match="no priors of version 'never'"):
        Shelf(store).use("never")


def _fitted(settings: JobSettings) -> tuple[Priors, Report]:
    asked = Question(date_of(DAY), date_of(DAY), tuple(GARAGE.by_name), GARAGE.weights)
    return fit_priors(GARAGE, sample(stored_rows(settings, GARAGE), 1_000, 1), asked, {}, ())
