"""`penchant bench api`: questions over HTTP, against the bare driver reading the same partitions in the same run.

In: users on disk. Out: per question the most that callers can have in a closed loop, CPU by part, and the latencies of
rates that rise until 99 of 100 answers no longer come within 50 ms.
"""

import asyncio
import os
import platform
from collections.abc import Callable

import msgspec

from cql.store import Store
from flink_job.local.bench.cpu import Meter
from flink_job.local.bench.http import Pool
from flink_job.local.bench.load import Ask, Level, closed, rising
from flink_job.local.bench.read import BareDriver
from flink_job.local.bench.serving import Served
from flink_job.local.bench.spread import Run, Spread, cost
from flink_job.local.keys import local_key
from flink_job.local.settings import HOST
from udfs.errors import StackError

CALLERS = 16
_WARM_UP_S = 15.0
"""Of each question: for so long the store's compilers take a good part of a core."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`users` to ask for, `repeats` of each closed loop for `seconds`, and each rate for as long."""

    users: int
    repeats: int
    seconds: float


class Asked(msgspec.Struct, frozen=True):
    """A question: `dates`, and how many `items` are scored (0: a profile)."""

    name: str
    dates: int
    items: int = 0


QUESTIONS = (
    Asked("profile, 20 dates x all dimensions", 20),
    Asked("profile, 60 dates x all dimensions", 60),
    Asked("100 items scored, 20 dates", 20, 100),
    Asked("1,000 items scored, 20 dates", 20, 1_000),
)


class Answered(msgspec.Struct, frozen=True):
    """`per_second` at the most, in a closed loop; `to_bare_driver`: that over the bare driver's reads.

    `cpu_us` per answer by part. `levels` rise; `holds` is the highest rate served with 99 of 100 answers in 50 ms.
    """

    per_second: Spread
    to_bare_driver: float
    cpu_us: dict[str, float]
    levels: list[Level]
    holds: float | None


class Report(msgspec.Struct, frozen=True):
    """`bare_driver` in reads a second by number of dates, with its CPU."""

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    bare_driver: dict[str, Spread]
    bare_driver_cpu_us: dict[str, dict[str, float]]
    questions: dict[str, Answered]


def api(served: Served, order: Order, say: Callable[[str], None]) -> Report:
    """Measure, the questions and the bare driver in turn."""
    store = Store.open(served.settings)
    try:
        return _Bench(served, order, BareDriver(served, store), say).report()
    finally:
        store.close()


class _Bench:
    def __init__(self, served: Served, order: Order, bare: BareDriver, say: Callable[[str], None]) -> None:
        self._served, self._order, self._bare, self._say = served, order, bare, say
        token = str(local_key(served.settings, "bench"))
        self._requests = {asked.name: _Requests(served, asked, token) for asked in QUESTIONS}
        self._runs: dict[str, list[Run]] = {asked.name: [] for asked in QUESTIONS}
        self._bare_runs: dict[int, list[Run]] = {asked.dates: [] for asked in QUESTIONS}

    def report(self) -> Report:
        for asked in QUESTIONS:
            asyncio.run(self._closed(asked, _WARM_UP_S))
        for repeat in range(self._order.repeats):
            self._say(f"closed loops, {repeat + 1} of {self._order.repeats}")
            self._repeat()
        answered = {asked.name: self._answered(asked) for asked in QUESTIONS}
        bare = {str(dates): cost(runs) for dates, runs in self._bare_runs.items()}
        return Report(
            platform.machine(),
            os.cpu_count() or 0,
            "the API (one worker), Cassandra, the bench itself, and whatever else ran on the machine",
            self._order,
            {dates: one.per_second for dates, one in bare.items()},
            {dates: one.cpu_us for dates, one in bare.items()},
            answered,
        )

    def _repeat(self) -> None:
        for dates, runs in self._bare_runs.items():
            reads = round(self._order.seconds * (runs[-1][0] if runs else 1_000))
            runs.append(self._bare.measure(dates, reads))
        for asked in QUESTIONS:
            meter = Meter(self._served.local.directory)
            level = asyncio.run(self._closed(asked, self._order.seconds))
            self._runs[asked.name].append(meter.stop(max(1, level.answers)))

    def _answered(self, asked: Asked) -> Answered:
        self._say(f"rising rates: {asked.name}")
        found, bare = cost(self._runs[asked.name]), cost(self._bare_runs[asked.dates])
        levels = asyncio.run(self._rising(asked, found.per_second.median))
        held = [level.served for level in levels if level.holds]
        to_bare = round(found.per_second.median / bare.per_second.median, 3)
        return Answered(found.per_second, to_bare, found.cpu_us, levels, max(held, default=None))

    async def _closed(self, asked: Asked, seconds: float) -> Level:
        pool = Pool(HOST, self._served.local.api_port)
        try:
            level = await closed(self._requests[asked.name].ask(pool), CALLERS, seconds)
        finally:
            pool.close()
        if level.failed:
            message = f"{asked.name}: {level.failed} requests failed; see the API's log in {self._served.local.logs}"
            raise StackError(message)
        return level

    async def _rising(self, asked: Asked, most: float) -> list[Level]:
        pool = Pool(HOST, self._served.local.api_port)
        try:
            return await rising(self._requests[asked.name].ask(pool), most, self._order.seconds)
        finally:
            pool.close()


class _Requests:
    """One question, as bytes for each user."""

    def __init__(self, served: Served, asked: Asked, token: str) -> None:
        self._users = [_request(served, asked, user, token) for user in served.users]

    def ask(self, pool: Pool) -> Ask:
        async def ask(number: int) -> bool:
            return await pool.send(self._users[number % len(self._users)]) == 200

        return ask


def _request(served: Served, asked: Asked, user: str, token: str) -> bytes:
    what, body = ("scores", _items(served, asked.items)) if asked.items else ("profile", b"")
    head = [
        f"{'POST' if body else 'GET'} /v1/users/{user}/{what}?days={asked.dates} HTTP/1.1",
        f"Host: {HOST}",
        f"Authorization: Bearer {token}",
        *([f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _items(served: Served, count: int) -> bytes:
    """Items from the whole stock, so that they have as many values as it has."""
    ids, attributes = served.items.ids, served.items.attributes
    places = [number * len(ids) // count for number in range(count)]
    return msgspec.json.encode({"items": [dict(attributes[place]) | {"id": ids[place]} for place in places]})
