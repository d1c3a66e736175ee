"""How far a job has come that computes history: what is done, how fast, and how long it will take.

In: offsets that its checkpoints have committed, again and again, and the ends of the log. Out: an `Advance`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flink_job.growth import Growth

_WINDOW_S = 30.0


class Advance(NamedTuple):
    """`done` of `total` records, at `rate` a second; `left_s` is None while that cannot be told."""

    done: int
    total: int
    rate: float
    left_s: float | None

    def line(self) -> str:
        """For the terminal."""
        share = 100 * self.done / self.total if self.total else 100.0
        left = "" if self.left_s is None else f", {self.left_s // 60:.0f}:{self.left_s % 60:02.0f} min left"
        return f"{self.done:,} of {self.total:,} records ({share:.0f} %), {self.rate:,.0f} a second{left}"


class Watch:
    """Remembers the last half minute, because checkpoints commit in steps."""

    def __init__(self, starts: Mapping[int, int]) -> None:
        """`starts`: the offsets at which the job began."""
        self._starts = starts
        self._done = Growth(_WINDOW_S)

    def see(self, now_s: float, committed: Mapping[int, int], ends: Mapping[int, int]) -> Advance:
        """Take note of offsets as of `now_s`, a clock that never goes back."""
        done, total = self._span(committed), self._span(ends)
        grown, seconds = self._done.read(done, now_s)
        rate = grown / seconds if seconds > 0 else 0.0
        return Advance(done, total, rate, (total - done) / rate if rate > 0 else None)

    def _span(self, offsets: Mapping[int, int]) -> int:
        return sum(max(0, offset - self._starts.get(partition, 0)) for partition, offset in offsets.items())
