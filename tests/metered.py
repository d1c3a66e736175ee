"""Metrics held in memory: what an operator counts, by name and with the reason that it counts under."""

from collections import Counter
from collections.abc import Callable


class Metered:
    """A runtime context and its metric group in one."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, Callable[[], int]] = {}

    def get_metrics_group(self) -> "Metered":
        return self

    def add_group(self, key: str, value: str) -> "_Labelled":
        assert key == "reason"
        return _Labelled(self.counts, value)

    def gauge(self, name: str, read: Callable[[], int]) -> None:
        self.gauges[name] = read

    def read(self) -> dict[str, int]:
        return {name: read() for name, read in self.gauges.items()}


class _Labelled:
    def __init__(self, counts: Counter[str], label: str) -> None:
        self._counts, self._label = counts, label

    def counter(self, name: str) -> "_Labelled":
        assert name == "letters"
        return self

    def inc(self, by: int = 1) -> None:
        self._counts[self._label] += by
