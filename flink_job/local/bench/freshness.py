"""`penchant bench freshness`: event time to readable through the API, measured by canaries under paced traffic."""

import os
import platform
import time

import msgspec

from flink_job.local.canary import Canary, Flight, quantile
from flink_job.local.live import Say, live
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.traffic import Traffic
from flink_job.settings import JobSettings

_SETTLED_S = 20.0
_PATIENCE_S = 120.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic of `rate` a second by so many `users` for `seconds`; a canary each `every_s`."""

    rate: float
    users: int
    seconds: float
    every_s: float
    parallelism: int


class Report(msgspec.Struct, frozen=True):
    """Seconds from the event's time until it could be read; `lost` flights never landed."""

    machine: str
    cores: int
    order: Order
    flights: int
    lost: int
    p50: float
    p90: float
    p99: float
    worst: float


def freshness(local: StackSettings, settings: JobSettings, order: Order, say: Say) -> Report:
    """Measure on a stack of its own."""
    flights: list[Flight] = []
    with live(local, settings, Traffic(users=order.users), order.parallelism, order.rate, say) as under:
        say(f"traffic settles for {_SETTLED_S:.0f} s")
        time.sleep(_SETTLED_S)
        say(f"canaries fly for {order.seconds:.0f} s")
        canary = Canary(under.items, settings, under.api, _PATIENCE_S, flights.append)
        end = time.monotonic() + order.seconds
        canary.fly_every(order.every_s, lambda: time.monotonic() > end)
        canary.close()
    lost = sum(flight.seconds is None for flight in flights)
    figures = [round(quantile(flights, level), 2) for level in (0.5, 0.9, 0.99, 1.0)]
    return Report(platform.machine(), os.cpu_count() or 0, order, len(flights), lost, *figures)
