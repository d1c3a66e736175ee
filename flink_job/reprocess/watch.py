"""How far a job has come that computes history: what is done, how fast, how long it will take, and whether too long.

In: offsets that its checkpoints have committed, again and again, and the ends of the log. Out: an `Advance`. A job must
read what the log takes while a batch fills before its state expires: otherwise batches start small again.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flink_job.growth import Growth

_WINDOW_S = 30.0


class Advance(NamedTuple):
    """`done` of `total` records, at `rate` a second; while that is 0, times are None.

    `left_s`: how long all the others take. `filling_s`: how long the next 7 h 05 min of the log take, in which a batch
    fills.
    """

    done: int
    total: int
    rate: float
    left_s: float | None
    filling_s: float | None

    def line(self) -> str:
        """For the terminal."""
        share = 100 * self.done / self.total if self.total else 100.0
        left = "" if self.left_s is None else f", {self.left_s // 60:.0f}:{self.left_s % 60:02.0f} min left"
        return f"{self.done:,} of {self.total:,} records ({share:.0f} %), {self.rate:,.0f} a second{left}"

    def slowness(self, ttl_hours: int) -> str:
        """What is wrong, and the mend, if state lives shorter than batches fill at that rate; else nothing."""
        if self.filling_s is None or self.filling_s <= ttl_hours * 3600:
            return ""
        return (
            f"too slow: at that rate the next 7 h 05 min of the log take {self.filling_s / 3600:.0f} h, but state "
            f"lives {ttl_hours} h, after which batches that still fill start small again; end this (Ctrl-C) and go on "
            "with a higher --rate (0: no cap) or --parallelism"
        )


class Watch:
    """Remembers the last half minute, because checkpoints commit in steps."""

    def __init__(self, starts: Mapping[int, int]) -> None:
        """`starts`: the offsets at which the job began."""
        self._starts = starts
        self._done = Growth(_WINDOW_S)

    def see(
        self, now_s: float, committed: Mapping[int, int], ends: Mapping[int, int], filled: Mapping[int, int]
    ) -> Advance:
        """Take note of offsets as of `now_s`, a clock that never goes back.

        `filled`: where those 7 h 05 min end that begin at `committed`.
        """
        done, total = _between(self._starts, committed), _between(self._starts, ends)
        grown, seconds = self._done.read(done, now_s)
        rate = grown / seconds if seconds > 0 else 0.0
        left_s, filling_s = (
            records / rate if rate > 0 else None for records in (total - done, _between(committed, filled))
        )
        return Advance(done, total, rate, left_s, filling_s)


def _between(first: Mapping[int, int], last: Mapping[int, int]) -> int:
    return sum(max(0, offset - first.get(partition, 0)) for partition, offset in last.items())
