"""A live stack: everything up, the job running, traffic streaming at a rate; for measuring and for soaking.

In: settings and how much traffic. Out: a `Live` whose processes can be killed; all is down at the end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, islice

import msgspec
import psutil

from cql.migrate import migrate
from flink_job.local import cluster, job, kafka, stack
from flink_job.local.canary import Place
from flink_job.local.demo.feed import Feed
from flink_job.local.keys import local_key
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.message import Message, Rendered, instant, message
from flink_job.local.traffic.producer import EventProducer
from flink_job.local.traffic.traffic import Traffic
from flink_job.position import LogPosition
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import LogUnavailable, StackError
from udfs.settings import environment

WORKER = "python-worker"
VICTIMS = ("taskmanager-1", "taskmanager-2", WORKER, "jobmanager", "kafka", "cassandra")
"""What can be killed: parts of the stack, and a Python worker of the job."""

SHARING = "the whole stack, its traffic, the canaries, and whatever else ran on the machine"
"""What a live stack shares the cores with."""

_POLL_S = 0.1
_BACKLOG_S = 1_800.0
_ALMOST = 1_000
"""Records that may be left, as traffic goes on."""
_SETTLED_S = 120.0
"""Until then the compilers of three JVMs take more than the half of a core."""
_START_S = 300.0
_UNDER_WAY_S = 10.0
"""What came so lately need not be under a checkpoint yet."""

Say = Callable[[str], None]


class Live:
    """A stack under load; `api` is where canaries ask."""

    def __init__(self, local: StackSettings, settings: JobSettings, items: Items, feed: Feed) -> None:
        """Everything runs already. Makes a key of the API. Raises StoreError."""
        self.local = local
        self.settings = settings
        self.items = items
        self.feed = feed
        self.api = Place(local.api_url, str(local_key(settings, "penchant live")))
        self._position = LogPosition(settings)

    def kill(self, victim: str) -> None:
        """Kill a process by -9. Raises StackError when there is none of that name."""
        found = cluster.workers(self.local) if victim == WORKER else self._part(victim)
        if not found:
            message = f"there is no process {victim} to kill; it may be starting"
            raise StackError(message)
        found[0].kill()

    def lag(self) -> int | None:
        """Records that no checkpoint covers; None while Kafka does not answer."""
        try:
            return self._position.lag()
        except LogUnavailable:
            return None

    def await_caught_up(self, patience_s: float, most: int = 0) -> None:
        """Wait until at most `most` records are left. Raises StackError after `patience_s`."""
        deadline = time.monotonic() + patience_s
        while (lag := self.lag()) is None or lag > most:
            if time.monotonic() > deadline:
                message = f"the job is {lag} records behind after {patience_s:.0f} s; see the logs in {self.local.logs}"
                raise StackError(message)
            time.sleep(_POLL_S)

    def settle(self, rate: float, say: Say) -> None:
        """Wait until the JVMs have compiled and the job has caught up with `rate` a second. Raises StackError."""
        say(f"traffic settles for {_SETTLED_S:.0f} s, and until all that came before is taken in")
        time.sleep(_SETTLED_S)
        self.await_caught_up(_START_S, most=round(_UNDER_WAY_S * rate))

    def fill(self, users: int) -> None:
        """Let so many users have one event each, all at once, and the job take them in. Raises StackError."""
        producer = EventProducer(self.settings, self.settings.events_topic, time.monotonic)
        producer.send(islice(self._visits(), users))
        producer.close()
        self.await_caught_up(_BACKLOG_S, most=_ALMOST)

    def close(self) -> None:
        """End traffic and disconnect."""
        self.feed.close()
        self._position.close()

    def _visits(self) -> Iterator[Message]:
        kind, items = self.items.catalogue.types[0].name, self.items.rendered
        for number in count():
            who = f"visitor-{number}"
            yield message(Rendered(who, who, kind, instant(time.time()), items[number % len(items)]))

    def _part(self, name: str) -> list[psutil.Process]:
        pids = [part.pid for part in stack.status(self.local).parts if part.name == name]
        return [psutil.Process(pid) for pid in pids if pid is not None]


@contextmanager
def live(
    local: StackSettings, settings: JobSettings, traffic: Traffic, parallelism: int, rate: float, say: Say
) -> Iterator[Live]:
    """An empty stack, a fresh job, and traffic of `rate` a second until the end."""
    with stack.passing(local, say=say):
        catalogue = load(settings.catalogue)
        migrate(settings, catalogue)
        kafka.create_topics(local, events=settings.events_topic, rejected=settings.rejected_topic)
        job.submit(local, environment(settings), parallelism=parallelism)
        items = load_items(catalogue)
        kind = msgspec.structs.replace(traffic, rate=rate, run=f"{time.time_ns():x}")
        found = Live(local, settings, items, Feed(items, kind, settings))
        found.feed.start(None, rate)
        try:
            found.await_caught_up(120.0, most=round(30 * rate))
            yield found
        finally:
            found.close()
