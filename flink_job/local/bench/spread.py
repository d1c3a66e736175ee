"""Several runs of one thing as one figure: the median, and how far apart they lay."""

import statistics
from collections.abc import Sequence
from typing import TypeAlias

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """Median, least and most of some runs."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:,.0f} ({self.low:,.0f} to {self.high:,.0f})"


Run: TypeAlias = tuple[float, dict[str, float]]
"""What a `Meter` gives: done a second, and microseconds of CPU for each by part."""


class Cost(msgspec.Struct, frozen=True):
    """Done a second at the most, and microseconds of CPU for each by part."""

    per_second: Spread
    cpu_us: dict[str, float]


def cost(runs: Sequence[Run]) -> Cost:
    """The cost of one run or more."""
    return Cost(spread([rate for rate, _ in runs]), medians([cpu for _, cpu in runs]))


def spread(values: Sequence[float]) -> Spread:
    """The spread of one value or more."""
    return Spread(round(statistics.median(values), 2), min(values), max(values))


def medians(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each entry."""
    names = sorted({name for run in runs for name in run})
    return {name: round(statistics.median(run.get(name, 0.0) for run in runs), 1) for name in names}
