"""`penchant bench pipeline`: events a second through decode, collect and fold, without and with the store.

In: how many events. Out: a report. A backlog of session traffic is written first; then each variant reads it from the
beginning, in turn and as often as asked, after one run that warms the JVMs up. Last, the job with the store takes
paced traffic. Everything shares the machine's cores.
"""

import os
import platform
import statistics
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice

import msgspec

from cql.migrate import migrate
from flink_job.local import kafka, stack
from flink_job.local.bench.run import Run, measure
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.producer import EventProducer
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic
from flink_job.settings import JobSettings
from flink_job.verify.verify import Say
from udfs.catalogues.catalogue import load

VARIANTS = {"without-store": False, "with-store": True}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`repeats` of each variant over `events`; paced traffic of `rate` a second for `paced_s` seconds, 0 for none."""

    events: int
    repeats: int
    users: int
    parallelism: int
    rate: float
    paced_s: float


class Report(msgspec.Struct, frozen=True):
    """All runs; `median` is in events a second by variant."""

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    median: dict[str, float]
    runs: list[Run]

    def lines(self) -> list[str]:
        """The report as text."""
        medians = [f"median {variant}: {rate:,.0f} events/s" for variant, rate in self.median.items()]
        shared = f"{self.cores} cores ({self.machine}), shared by: {self.sharing_the_cores}"
        return [shared, *map(_line, self.runs), *medians]


class PipelineBench:
    """Runs on a stack of its own."""

    def __init__(self, local: StackSettings, settings: JobSettings, order: Order, say: Say) -> None:
        """`say` gets a line per step."""
        self._local = local
        self._settings = settings
        self._order = order
        self._say = say
        self._catalogue = load(settings.catalogue)
        self._items = load_items(self._catalogue)

    def run(self) -> Report:
        """Everything, from an empty stack to the report; the stack is taken down at the end."""
        with stack.passing(self._local, without=("api",), say=self._say):
            self._begin()
            runs = list(self._backlog_runs())
            if self._order.rate:
                runs.append(self._paced_run())
        return self._report(runs)

    def _begin(self) -> None:
        migrate(self._settings, self._catalogue)
        self._topics(self._settings)
        self._say(f"writing a backlog of {self._order.events:,} events")
        self._produce(self._settings.events_topic, self._order.events, 0.0)

    def _backlog_runs(self) -> Iterator[Run]:
        self._say("warming up")
        self._measure("warm-up", store=False, generation=1)
        for repeat in range(self._order.repeats):
            for variant, store in VARIANTS.items():
                self._say(f"{variant}, {repeat + 1} of {self._order.repeats}")
                yield self._measure(variant, store=store, generation=10 * repeat + 10 + store)

    def _paced_run(self) -> Run:
        self._say(f"with store, paced at {self._order.rate:,.0f} events/s for {self._order.paced_s:.0f} s")
        settings = self._variant(store=True, generation=9, events_topic="paced", rejected_topic="paced.rejected")
        self._topics(settings)
        events = round(self._order.rate * self._order.paced_s)
        feed = partial(self._produce, "paced", events, self._order.rate)
        return measure(self._local, settings, "paced", self._order.parallelism, feed)

    def _measure(self, variant: str, *, store: bool, generation: int) -> Run:
        settings = self._variant(store=store, generation=generation)
        return measure(self._local, settings, variant, self._order.parallelism)

    def _variant(self, *, store: bool, generation: int, **changes: object) -> JobSettings:
        return msgspec.structs.replace(self._settings, write_to_store=store, generation=generation, **changes)

    def _topics(self, settings: JobSettings) -> None:
        kafka.create_topics(self._local, events=settings.events_topic, rejected=settings.rejected_topic)

    def _produce(self, topic: str, events: int, rate: float) -> None:
        producer = EventProducer(self._settings, topic, time.monotonic)
        producer.send(islice(_stream(self._items, self._order.users, rate), events), rate)
        producer.close()

    def _report(self, runs: list[Run]) -> Report:
        rates = {variant: [run.events_per_second for run in runs if run.variant == variant] for variant in VARIANTS}
        return Report(
            platform.machine(),
            os.cpu_count() or 0,
            "Kafka, Cassandra, JobManager, TaskManagers and Python workers; the producer too while traffic is paced",
            self._order,
            {variant: statistics.median(found) for variant, found in rates.items()},
            runs,
        )


def _line(run: Run) -> str:
    cpu = ", ".join(f"{part} {seconds * 1000:.0f}" for part, seconds in run.cpu_per_1000_events.items())
    return (
        f"{run.variant:<14} {run.events_per_second:>9,.0f} events/s, {run.events_per_emit:.1f} events per emit; "
        f"CPU microseconds per event: {cpu}"
    )


def _stream(items: Items, users: int, rate: float) -> Stream:
    return Stream(items, Traffic(users=users, rate=rate, run=f"{time.time_ns():x}"), time.time)
