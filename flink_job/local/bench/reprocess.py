"""`penchant bench reprocess`: events a second when history is computed again, beside those of the same job at first.

In: how many events. Out: a report. A backlog is written once; then the job reads it into a generation of its own, and
reprocessing reads it again into another one, in turn and as often as asked, without a cap and with nothing else to do.
"""

import datetime
import os
import platform
import statistics
import time
from contextlib import closing
from itertools import islice

import msgspec

from cql.generations import Generations
from cql.migrate import migrate
from cql.store import Store
from flink_job.local import kafka, stack
from flink_job.local.bench.run import Run, measure
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.producer import EventProducer
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic
from flink_job.reprocess.prepare import Prepared, Preparer
from flink_job.settings import JobSettings
from flink_job.verify.verify import Say
from udfs.catalogues.catalogue import load

MEAN_LOAD = 1_157
"""Events a second of a marketplace with 100 million a day."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`repeats` of both over `events`."""

    events: int
    repeats: int
    users: int
    parallelism: int


class Report(msgspec.Struct, frozen=True):
    """Medians in events a second; `ratio` is reprocessing over the job at first."""

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    at_first: float
    again: float
    ratio: float
    times_the_mean_load: float
    runs: list[Run]


def bench(local: StackSettings, settings: JobSettings, order: Order, say: Say) -> Report:
    """Measure on a stack of its own."""
    with stack.passing(local, without=("api",), say=say):
        _begin(local, settings, order, say)
        runs = [run for repeat in range(order.repeats) for run in _both(local, settings, order, repeat, say)]
    return _report(order, runs)


def _begin(local: StackSettings, settings: JobSettings, order: Order, say: Say) -> None:
    catalogue = load(settings.catalogue)
    migrate(settings, catalogue)
    kafka.create_topics(local, events=settings.events_topic, rejected=settings.rejected_topic)
    say(f"writing a backlog of {order.events:,} events")
    kind = Traffic(users=order.users, run=f"{time.time_ns():x}")
    producer = EventProducer(settings, settings.events_topic, time.monotonic)
    producer.send(islice(Stream(load_items(catalogue), kind, time.time), order.events))
    producer.close()
    say("warming up")
    warm = msgspec.structs.replace(settings, generation=settings.generation + 1)
    measure(local, warm, "warm-up", order.parallelism)


def _both(local: StackSettings, settings: JobSettings, order: Order, repeat: int, say: Say) -> list[Run]:
    say(f"both, {repeat + 1} of {order.repeats}")
    first = msgspec.structs.replace(settings, generation=100 + 10 * repeat)
    at_first = measure(local, first, "at-first", order.parallelism)
    return [at_first, measure(local, prepared(settings, 1 + repeat).settings, "again", order.parallelism)]


def prepared(settings: JobSettings, days: int) -> Prepared:
    """A generation that stands alone from so many days ago on; another date is another generation."""
    now = datetime.datetime.now(datetime.UTC)
    with closing(Store.open(settings)) as store:
        preparer = Preparer(settings, Generations(store), load(settings.catalogue), now)
        return preparer.from_log(now.date() - datetime.timedelta(days=days))


def _report(order: Order, runs: list[Run]) -> Report:
    at_first, again = (_median(runs, variant) for variant in ("at-first", "again"))
    ratio, times = round(again / at_first, 2), round(again / MEAN_LOAD, 2)
    sharing = "the whole stack but the API, and whatever else ran on the machine"
    return Report(platform.machine(), os.cpu_count() or 0, sharing, order, at_first, again, ratio, times, runs)


def _median(runs: list[Run], variant: str) -> float:
    return statistics.median(run.events_per_second for run in runs if run.variant == variant)
