"""The clock of processes that have one; the functions below them are given the time.

Out: milliseconds since the epoch.
"""

import time


def now_ms() -> int:
    """The present instant."""
    return time.time_ns() // 1_000_000
