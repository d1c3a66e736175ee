"""A store and an API with users to ask for, and nothing else: the ground of the benches of reading.

In: how many users of 60 dates. Out: a `Served`; all is down at the end.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from cql.migrate import migrate
from cql.rows import Layout
from cql.shelf import Shelf
from cql.store import Store, Values
from cql.writer import write_statement
from flink_job import clock
from flink_job.local import stack
from flink_job.local.bench.flush import flush
from flink_job.local.bench.stored import Stored, stored
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.items import load as load_items
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue, load
from udfs.events.batch import Calendar
from udfs.model.fitting.population import fit
from udfs.model.posterior import evidence_of
from udfs.model.priors import Priors
from udfs.model.question import Question
from udfs.statistics.encoding import encode

DATES = 60
UNDER_WAY = 64

Say = Callable[[str], None]


class Served(msgspec.Struct, frozen=True):
    """What was written: `users` by name, newest date `last`."""

    local: StackSettings
    settings: JobSettings
    items: Items
    users: list[str]
    last: datetime.date

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of the items."""
        return self.items.catalogue

    def first(self, dates: int) -> datetime.date:
        """The first of so many dates."""
        return self.last - datetime.timedelta(days=dates - 1)


@contextmanager
def serving(
    local: StackSettings, settings: JobSettings, users: int, say: Say, without: Sequence[str] = ("kafka", "flink")
) -> Iterator[Served]:
    """Users with a row for each of 60 dates, on disk, and priors fitted to them."""
    with stack.passing(local, without=without, say=say):
        yield _served(local, settings, users, say)


def _served(local: StackSettings, settings: JobSettings, users: int, say: Say) -> Served:
    items = load_items(load(settings.catalogue))
    migrate(settings, items.catalogue)
    last = Calendar(items.catalogue.time_zone).date(clock.now_ms())
    say(f"simulating {users} users and writing {DATES} rows of each")
    rows = stored(items, users, DATES, last)
    store = Store.open(settings)
    try:
        write(store, settings, items.catalogue, rows)
        priors = _priors(items.catalogue, rows, last)
        Shelf(store).put(priors, "{}", datetime.datetime.now(datetime.UTC))
        Shelf(store).use(priors.version)
        flush(store, local, settings)
    finally:
        store.close()
    return Served(local, settings, items, list(rows), last)


def laid_out(settings: JobSettings, catalogue: Catalogue, rows: dict[str, Stored]) -> list[Values]:
    """What to bind for each row."""
    layout, now_ms = Layout(catalogue, settings.generation, settings.retention_days), clock.now_ms()
    found = (layout.values(key, delta, now_ms) for own in rows.values() for key, delta in own)
    return [values for values in found if values is not None]


def write(store: Store, settings: JobSettings, catalogue: Catalogue, rows: dict[str, Stored]) -> None:
    """Write the rows by the driver's own loop."""
    statement = write_statement(store, catalogue.names)
    for _ in store.concurrently(statement, laid_out(settings, catalogue, rows), UNDER_WAY):
        pass


def _priors(catalogue: Catalogue, rows: dict[str, Stored], last: datetime.date) -> Priors:
    names = catalogue.names
    first = last - datetime.timedelta(days=DATES - 1)
    question = Question(first, last, tuple(catalogue.by_name), catalogue.weights)
    encoded = [
        [(key.batch.date, dict(zip(names, map(encode, delta.statistics), strict=True))) for key, delta in own]
        for own in rows.values()
    ]
    return Priors("bench", fit(catalogue, [evidence_of(catalogue, own, question) for own in encoded]).population)
