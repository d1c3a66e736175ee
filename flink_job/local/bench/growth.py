"""`penchant bench growth`: what an event costs when the state holds few users and when it holds many.

In: numbers of users. Out: for each a run without the store: first an event of each user, which does not count, then as
many events of users picked at random; with the size of the state and the time of a checkpoint. However many there are,
as many of them are active as there are users at the first number, so that only the state differs, and not how many
events share a row. One run at the first number comes before, to warm up the JVMs.
"""

import os
import platform
import random
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import msgspec

from flink_job.local import kafka, stack
from flink_job.local.bench.run import Run, measure
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.message import Message, Rendered, instant, message
from flink_job.local.traffic.producer import EventProducer
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`events` that count, at each number of `users`."""

    users: tuple[int, ...]
    events: int
    parallelism: int


class Report(msgspec.Struct, frozen=True):
    """A run by number of users; `to_least`: CPU of an event, over that at the first number."""

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    runs: dict[str, Run]
    to_least: dict[str, float]


def growth(local: StackSettings, settings: JobSettings, order: Order, say: Callable[[str], None]) -> Report:
    """Measure on a stack of its own."""
    with stack.passing(local, without=("cassandra", "api"), say=say):
        runs = _runs(local, settings, order, say)
    costs = {users: sum(run.cpu_per_1000_events.values()) for users, run in runs.items()}
    sharing = "Kafka, JobManager, TaskManagers and Python workers, and whatever else ran on the machine"
    to_least = {users: round(cost / costs[str(order.users[0])], 2) for users, cost in costs.items()}
    return Report(platform.machine(), os.cpu_count() or 0, sharing, order, runs, to_least)


def _runs(local: StackSettings, settings: JobSettings, order: Order, say: Callable[[str], None]) -> dict[str, Run]:
    items = load_items(load(settings.catalogue))
    runs: dict[str, Run] = {}
    for number, users in enumerate((order.users[0], *order.users)):
        say(f"{users:,} users")
        name = f"users-{number}"
        own = msgspec.structs.replace(
            settings, events_topic=name, generation=number + 1, write_to_store=False, checkpoint_interval_ms=1_000
        )
        _fill(local, own, items, users, order)
        runs[str(users)] = measure(local, own, name, order.parallelism, before=users)
    return runs


def _fill(local: StackSettings, settings: JobSettings, items: Items, users: int, order: Order) -> None:
    kafka.create_topics(local, events=settings.events_topic, rejected=settings.rejected_topic)
    chance = random.Random(users)
    active = chance.sample(range(users), min(users, order.users[0]))
    producer = EventProducer(settings, settings.events_topic, time.monotonic)
    producer.send(_visits(items, chain(range(users), chance.choices(active, k=order.events))))
    producer.close()


def _visits(items: Items, users: Iterable[int]) -> Iterator[Message]:
    kind, rendered = items.catalogue.types[0].name, items.rendered
    for number, user in enumerate(users):
        event = Rendered(f"{number}", f"visitor-{user}", kind, instant(time.time()), rendered[number % len(rendered)])
        yield message(event)
