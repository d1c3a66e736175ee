"""`penchant bench model`: what the model costs a request, without store and HTTP.

In: how many events of simulated history. Out: microseconds per profile and per list of scores, medians over repeats,
for a typical and for the busiest user, under priors that were fitted to all of them.
"""

import datetime
import os
import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import islice

import msgspec

from flink_job.evaluate.histories import histories
from flink_job.evaluate.simulated import simulated
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.rhythm import DAY_S
from flink_job.local.traffic.traffic import Traffic
from udfs.catalogues.catalogue import load
from udfs.model.fitting.population import fit
from udfs.model.items import Item, Items, places
from udfs.model.posterior import Model, Posteriors, Row, evidence_of
from udfs.model.priors import Priors
from udfs.model.profile import profile
from udfs.model.question import Question
from udfs.model.score import Score, scores

_END = datetime.date(2026, 11, 1)
_ITEMS = (100, 1_000)
_WARM_UP = 5


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`events` of `users` over `days`, asked `repeats` times in the names of `catalogue`."""

    catalogue: str
    events: int
    users: int
    days: int
    repeats: int


class Cost(msgspec.Struct, frozen=True):
    """Microseconds, medians. `rows` of the user are decoded and weighed anew for each answer."""

    rows: int
    posteriors: float
    profile: float
    scores: dict[str, float]


class Report(msgspec.Struct, frozen=True):
    """A user with as many rows as half of all have at least, and the one with the most; in one process."""

    machine: str
    cores: int
    sharing_the_cores: str
    dimensions: int
    order: Order
    typical: Cost
    busiest: Cost


def measure(order: Order) -> Report:
    """Simulate, fit priors, and time the answers."""
    catalogue = load(order.catalogue)
    kind = Traffic(users=order.users, rate=order.events / (order.days * DAY_S))
    log = simulated(load_items(catalogue), kind, order.events, order.days, _END)
    rows = [[one.row for one in own] for own in histories(log, order.days + 1).by_user.values()]
    last = _END - datetime.timedelta(days=1)
    first = last - datetime.timedelta(days=order.days - 1)
    question = Question(first, last, tuple(catalogue.by_name), catalogue.weights)
    priors = fit(catalogue, [evidence_of(catalogue, own, question) for own in rows])
    model, ranked = Model(catalogue, Priors("bench", priors.population)), sorted(rows, key=len)
    items = list(islice(log.items.items(), max(_ITEMS)))
    typical, busiest = (
        _cost(model, own, question, items, order.repeats) for own in (ranked[len(ranked) // 2], ranked[-1])
    )
    sharing = "this process alone, and whatever else ran on the machine"
    return Report(platform.machine(), os.cpu_count() or 1, sharing, len(catalogue.by_name), order, typical, busiest)


def _cost(model: Model, rows: list[Row], question: Question, items: list[tuple[str, Item]], repeats: int) -> Cost:
    found = model.posteriors(rows, question)
    listed = {str(count): Items.of(items[:count], question.dimensions) for count in _ITEMS}
    return Cost(
        len(rows),
        _median(lambda: model.posteriors(rows, question), repeats),
        _median(lambda: profile(found, question, "bench"), repeats),
        {count: _median(partial(_scored, found, own), repeats) for count, own in listed.items()},
    )


def _scored(found: Posteriors, items: Items) -> list[Score]:
    return scores(found, places(found.start, items))


def _median(act: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(_WARM_UP + repeats):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times[_WARM_UP:]) * 1e6, 1)
