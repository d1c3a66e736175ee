"""`penchant bench freshness`: event time to readable through the API, measured by canaries under paced traffic.

In: how much traffic, and how much of the log is computed again meanwhile. Out: a report.
"""

import os
import platform
import time
from contextlib import closing

import msgspec

from flink_job.local import reprocess
from flink_job.local.bench.reprocess import prepared
from flink_job.local.canary import Canary, Flight, quantile
from flink_job.local.live import SHARING, Live, Say, live
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.traffic import Traffic
from flink_job.position import LogPosition
from flink_job.settings import JobSettings

_PATIENCE_S = 120.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic of `rate` a second by so many `users` for `seconds`; a canary each `every_s`.

    `again` events in the log are computed again meanwhile, at `again_rate` rows a second at most; 0: none, no cap.
    """

    rate: float
    users: int
    seconds: float
    every_s: float
    parallelism: int
    again: int
    again_rate: int


class Report(msgspec.Struct, frozen=True):
    """Seconds from the event's time until it could be read; `lost` flights never landed.

    `sent`: messages a second that the log took meanwhile. `computed_again`: records of which all was in the other
    generation before the last canary flew.
    """

    machine: str
    cores: int
    sharing_the_cores: str
    order: Order
    sent: float
    flights: int
    lost: int
    p50: float
    p90: float
    p99: float
    worst: float
    computed_again: int


def freshness(local: StackSettings, settings: JobSettings, order: Order, say: Say) -> Report:
    """Measure on a stack of its own."""
    with live(local, settings, Traffic(users=order.users), order.parallelism, order.rate, say) as under:
        under.settle(order.rate, say)
        again = _begin_again(under, order, say) if order.again else None
        say(f"canaries fly for {order.seconds:.0f} s")
        began, sent = time.monotonic(), under.feed.sent
        flights = _flown(under, order)
        rate = (under.feed.sent - sent) / (time.monotonic() - began)
        under.feed.check()
        computed = _computed(again) if again else 0
    return _report(order, flights, rate, computed)


def _flown(under: Live, order: Order) -> list[Flight]:
    flights: list[Flight] = []
    canary = Canary(under.items, under.settings, under.api, _PATIENCE_S, flights.append)
    end = time.monotonic() + order.seconds
    canary.fly_every(order.every_s, lambda: time.monotonic() > end)
    canary.close()
    return flights


def _report(order: Order, flights: list[Flight], sent: float, computed: int) -> Report:
    lost = sum(flight.seconds is None for flight in flights)
    p50, p90, p99, worst = (round(quantile(flights, level), 2) for level in (0.5, 0.9, 0.99, 1.0))
    machine, cores = platform.machine(), os.cpu_count() or 0
    found = (len(flights), lost, p50, p90, p99, worst, computed)
    return Report(machine, cores, SHARING, order, round(sent, 1), *found)


def _begin_again(under: Live, order: Order, say: Say) -> JobSettings:
    """Start to compute the log again into another generation; the settings of its job."""
    say(f"{order.again:,} users have an event each, which are then computed again")
    under.fill(order.again)
    capped = msgspec.structs.replace(under.settings, write_rate=order.again_rate)
    again = prepared(capped, 1)
    reprocess.begin(under.local, again, order.parallelism)
    return again.settings


def _computed(settings: JobSettings) -> int:
    with closing(LogPosition(settings)) as position:
        return sum(position.committed().values())
