"""Growth: how much a number grew over the last while, for rates of what moves in leaps, as committed offsets do.

In: readings of a number with the time of each. Out: by how much it grew, and in how long.
"""

from collections import deque


class Growth:
    """Remembers the readings of a window. Times are of one clock that never goes back, in any unit."""

    def __init__(self, window: float) -> None:
        """Nothing is known before the second reading."""
        self._window = window
        self._seen: deque[tuple[float, int]] = deque()

    def read(self, number: int, now: float) -> tuple[int, float]:
        """By how much it grew, and in how long; it never shrinks for long, so a step back is no growth."""
        self._seen.append((now, number))
        while now - self._seen[0][0] > self._window:
            self._seen.popleft()
        then, before = self._seen[0]
        return max(0, number - before), now - then
