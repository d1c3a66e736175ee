"""`penchant bench recovery`: a process is killed under load; how long until all is fresh again?

In: how much traffic, and how many users the state holds before. Out: per process the seconds from the kill until every
canary that was sent within five seconds after it could be read through the API. Before each kill all has settled again.
"""

import os
import platform
import time

import msgspec

from flink_job.local.canary import Canary
from flink_job.local.live import SHARING, Live, Say, live
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.traffic import Traffic
from flink_job.settings import JobSettings

_FLIGHTS = 10
_EVERY_S = 0.5
_PATIENCE_S = 240.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic of `rate` a second while each victim is killed in turn; `state_users` have one event each before."""

    rate: float
    users: int
    state_users: int
    parallelism: int
    victims: tuple[str, ...]


class Report(msgspec.Struct, frozen=True):
    """Seconds until fresh again, per process killed once; endless ones are null."""

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    seconds: dict[str, float | None]


def recovery(local: StackSettings, settings: JobSettings, order: Order, say: Say) -> Report:
    """Measure on a stack of its own."""
    found: dict[str, float | None] = {}
    with live(local, settings, Traffic(users=order.users), order.parallelism, order.rate, say) as under:
        if order.state_users:
            say(f"giving {order.state_users:,} users an event each")
            under.fill(order.state_users)
        canary = Canary(under.items, settings, under.api, _PATIENCE_S, lambda _: None)
        for victim in order.victims:
            under.settle(order.rate, say)
            found[victim] = _measure(under, canary, victim)
            under.feed.check()
            say(f"{victim}: {found[victim]} s")
        canary.close()
    return Report(platform.machine(), os.cpu_count() or 0, SHARING, order, found)


def _measure(under: Live, canary: Canary, victim: str) -> float | None:
    under.kill(victim)
    killed = time.time()
    flights = []
    for _ in range(_FLIGHTS):
        flights.append(canary.fly())
        time.sleep(_EVERY_S)
    landed = [flight.result() for flight in flights]
    seconds = [flight.occurred + flight.seconds - killed for flight in landed if flight.seconds is not None]
    return round(max(seconds), 1) if len(seconds) == len(landed) else None
