"""The margin: how much further the job may fall behind before state could expire too early, as a metric.

In: the log, and the offsets that checkpoints have committed; neither the job nor the API need be alive. Out: seconds.
Below 0 a restart from the newest checkpoint will be refused, see `flink_job.restore`.
"""

import math
import threading
from collections.abc import Callable

from flink_job.position import LogPosition
from flink_job.restore import margin_ms
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable


class Margin:
    """Asked whenever the metric is read."""

    def __init__(self, settings: JobSettings, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch. Connects when first used."""
        self._settings = settings
        self._clock = clock
        self._position = LogPosition(settings)
        self._alone = threading.Lock()

    def seconds(self) -> float:
        """The margin now; not a number while the log cannot be asked."""
        now_ms = round(self._clock() * 1000)
        try:
            with self._alone:
                oldest_ms = self._position.oldest_ms(self._position.committed(), now_ms)
        except LogUnavailable:
            return math.nan
        return margin_ms(self._settings, now_ms - oldest_ms) / 1000

    def close(self) -> None:
        """Disconnect."""
        self._position.close()
