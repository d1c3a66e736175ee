"""`penchant bench read`: a user's partition read and understood, without HTTP.

In: users on disk. Out: for 20 and for 60 dates the rate and cost of three things that read the same partitions: the
bare driver, our `Reader` on an event loop, and the posteriors of what it read; and the rates that the last holds.
"""

import asyncio
import datetime
import os
import platform
from collections.abc import Callable, Iterable

import msgspec

from cql.layers import layers
from cql.reader import Reader, read_statement
from cql.store import Store
from flink_job.local.bench.cpu import Meter
from flink_job.local.bench.load import Ask, Level, closed, rising
from flink_job.local.bench.serving import Served
from flink_job.local.bench.spread import Cost, Run, cost
from udfs.errors import StackError
from udfs.model.posterior import Model
from udfs.model.priors import from_catalogue
from udfs.model.question import Question

DATES = (20, 60)
CALLERS = 16
_WARM_UP = 10_000
_WARM_UP_S = 15.0
"""The store's compilers take a part of a core until then, and our reader comes first."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`users` to read, `repeats` of each reader for `seconds`."""

    users: int
    repeats: int
    seconds: float


class Report(msgspec.Struct, frozen=True):
    """By reader and number of dates; `levels` are of reading and understanding 20 dates."""

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    costs: dict[str, Cost]
    levels: list[Level]


class BareDriver:
    """The driver's own loop over the partitions of the users: the yardstick."""

    def __init__(self, served: Served, store: Store) -> None:
        """`store` is used by nobody else meanwhile."""
        self._served = served
        self._store = store
        self._statement = read_statement(store, tuple(served.catalogue.by_name))

    def measure(self, dates: int, reads: int) -> Run:
        """Reads a second, and CPU of each."""
        meter = Meter(self._served.local.directory)
        for _ in self._store.concurrently(self._statement, self._values(dates, reads), CALLERS):
            pass
        return meter.stop(reads)

    def _values(self, dates: int, reads: int) -> Iterable[tuple[str, int, datetime.date, datetime.date]]:
        served = self._served
        generation, first = served.settings.generation, served.first(dates)
        return [(served.users[n % len(served.users)], generation, first, served.last) for n in range(reads)]


def read(served: Served, order: Order, say: Callable[[str], None]) -> Report:
    """Measure, the readers in turn."""
    store = Store.open(served.settings)
    try:
        return _Bench(served, order, store, say).report()
    finally:
        store.close()


class _Bench:
    def __init__(self, served: Served, order: Order, store: Store, say: Callable[[str], None]) -> None:
        self._served, self._order, self._say = served, order, say
        self._bare = BareDriver(served, store)
        self._reader = Reader(store)
        self._layers = layers(served.settings.generation, {})
        self._model = Model(served.catalogue, from_catalogue(served.catalogue))
        self._runs: dict[str, list[Run]] = {}

    def report(self) -> Report:
        self._say(f"each reader warms up for {_WARM_UP_S:.0f} s")
        for ask in (self._read(DATES[0]), self._understand(DATES[0])):
            asyncio.run(closed(ask, CALLERS, _WARM_UP_S))
        self._bare.measure(DATES[0], _WARM_UP)
        for repeat in range(self._order.repeats):
            for dates in DATES:
                self._say(f"{dates} dates, {repeat + 1} of {self._order.repeats}")
                self._repeat(dates)
        costs = {name: cost(runs) for name, runs in self._runs.items()}
        self._say("rising rates")
        most = costs[f"posteriors, {DATES[0]} dates"].per_second.median
        levels = asyncio.run(rising(self._understand(DATES[0]), most, self._order.seconds))
        sharing = "Cassandra and the bench itself, an idle API, and whatever else ran on the machine"
        return Report(platform.machine(), os.cpu_count() or 0, sharing, self._order, costs, levels)

    def _repeat(self, dates: int) -> None:
        ours = {"reader": self._read(dates), "posteriors": self._understand(dates)}
        for name, ask in ours.items():
            self._keep(f"{name}, {dates} dates", self._closed(ask))
        reads = round(self._order.seconds * self._runs[f"reader, {dates} dates"][-1][0])
        self._keep(f"bare driver, {dates} dates", self._bare.measure(dates, reads))

    def _closed(self, ask: Ask) -> Run:
        meter = Meter(self._served.local.directory)
        level = asyncio.run(closed(ask, CALLERS, self._order.seconds))
        if level.failed:
            message = f"{level.failed} reads found nothing; see the store's log in {self._served.local.logs}"
            raise StackError(message)
        return meter.stop(level.answers)

    def _keep(self, name: str, run: Run) -> None:
        self._runs.setdefault(name, []).append(run)

    def _read(self, dates: int) -> Ask:
        users, first, last = self._served.users, self._served.first(dates), self._served.last
        names = tuple(self._served.catalogue.by_name)

        async def ask(number: int) -> bool:
            return bool(await self._reader.batches(self._layers, users[number % len(users)], first, last, names))

        return ask

    def _understand(self, dates: int) -> Ask:
        users, catalogue = self._served.users, self._served.catalogue
        question = Question(self._served.first(dates), self._served.last, tuple(catalogue.by_name), catalogue.weights)

        async def ask(number: int) -> bool:
            who = users[number % len(users)]
            rows = await self._reader.batches(self._layers, who, question.first, question.last, question.dimensions)
            return self._model.posteriors(((row.date, row.cells) for row in rows), question).has_evidence

        return ask
