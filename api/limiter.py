"""How many requests a key may still send: counted per second and process.

In: a key, its rate and the time. Out: an `Allowance`, from which the RateLimit headers are made.
"""

import math
from typing import NamedTuple

_MOST_KEYS = 10_000


class Allowance(NamedTuple):
    """`remaining` requests until a new second begins in `reset_s`; below 0 the request is one too many."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """The fields of the RateLimit draft, as most clients know them."""
        return {
            "RateLimit-Policy": f"{self.limit};w=1",
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.remaining)),
            "RateLimit-Reset": str(self.reset_s),
        }


class Limiter:
    """Counts in windows of one second."""

    def __init__(self, processes: int) -> None:
        """`processes` share a key's rate evenly, as they do not know of each other."""
        self._processes = processes
        self._used: dict[str, tuple[int, int]] = {}

    def take(self, key_id: str, rate: int, now: float) -> Allowance:
        """Count one request of a key that may send `rate` a second."""
        limit, second = math.ceil(rate / self._processes), math.floor(now)
        window, used = self._used.get(key_id, (second, 0))
        used = used + 1 if window == second else 1
        if len(self._used) > _MOST_KEYS:
            self._used.clear()
        self._used[key_id] = (second, used)
        return Allowance(limit, limit - used, 1)
