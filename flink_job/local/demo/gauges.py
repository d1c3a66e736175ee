"""The gauges of a running demo: how many events a second, how far the job is behind, how fresh profiles are.

In: the job's settings. Out: a line of numbers. Lag and freshness come from the offsets that checkpoints have
committed, so they are late by up to a checkpoint interval and never too good.
"""

import time

import msgspec
from rich.table import Table

from cql.rows import fresh_through_ms
from flink_job import clock
from flink_job.position import LogPosition
from flink_job.settings import JobSettings


class Reading(msgspec.Struct, frozen=True):
    """`lag` records are not yet under a checkpoint; profiles hold all that happened until `behind_s` seconds ago."""

    sent: int
    per_second: float
    lag: int
    behind_s: float | None

    def table(self) -> Table:
        """The reading as one row."""
        table = Table("sent", "events/s", "lag", "fresh through", box=None, padding=(0, 3))
        behind = "no checkpoint yet" if self.behind_s is None else f"{self.behind_s:.1f} s ago"
        table.add_row(f"{self.sent:,}", f"{self.per_second:,.0f}", f"{self.lag:,}", behind)
        return table


class Gauges:
    """Takes readings."""

    def __init__(self, settings: JobSettings) -> None:
        """Connects when first read."""
        self._position = LogPosition(settings)
        self._last = (time.monotonic(), 0)

    def read(self, sent: int) -> Reading:
        """The numbers now. Raises LogUnavailable."""
        now = time.monotonic()
        then, before = self._last
        self._last = (now, sent)
        now_ms = clock.now_ms()
        positions = self._position.positions()
        through = fresh_through_ms(self._position.progress(positions, now_ms))
        behind = (now_ms - through) / 1000 if through else None
        lag = sum(position.lag for position in positions)
        return Reading(sent, (sent - before) / max(now - then, 1e-9), lag, behind)

    def close(self) -> None:
        """Disconnect."""
        self._position.close()
