"""The clock of weeks past: times in ascending order that follow the rhythm of days.

In: a span of time, how many times are wanted, and a time zone. Out: a clock (a function without arguments) that gives
them one after the other.
"""

import datetime
import zoneinfo
from collections.abc import Callable, Iterator

import numpy as np

from flink_job.local.traffic.columns import Floats

HOURS = (4, 2, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 12, 11, 11, 11, 12, 14, 17, 20, 21, 19, 14, 8)
"""How busy each hour of the day is, from midnight on."""
WEEKEND = 1.25
"""How much busier Saturdays and Sundays are."""
DAY_S = 86_400.0
_HOUR_S = 3_600.0
_CHUNK = 8192


def history(start: float, end: float, count: int, time_zone: str) -> Callable[[], float]:
    """A clock that gives `count` times from `start` to `end` (s since the epoch), and `end` from then on."""
    times = _times(start, end, count, time_zone)
    return lambda: next(times)


def _times(start: float, end: float, count: int, time_zone: str) -> Iterator[float]:
    borders = np.append(np.arange(start, end, _HOUR_S), end)
    busy = np.array([_busy(at, zoneinfo.ZoneInfo(time_zone)) for at in borders[:-1].tolist()])
    shares: Floats = np.append(0.0, np.cumsum(busy * np.diff(borders)))
    shares /= shares[-1]
    for first in range(0, count, _CHUNK):
        wanted = (np.arange(first, min(first + _CHUNK, count)) + 0.5) / count
        yield from np.interp(wanted, shares, borders).tolist()
    while True:
        yield end


def _busy(at: float, zone: zoneinfo.ZoneInfo) -> float:
    local = datetime.datetime.fromtimestamp(at, zone)
    return HOURS[local.hour] * (WEEKEND if local.weekday() >= 5 else 1.0)
