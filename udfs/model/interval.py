"""An interval that holds a probability, the same left out on both sides."""

from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]
"""(low, high)"""


def tails(level: float) -> tuple[float, float]:
    """The probabilities below the low and the high end of an interval that holds `level`."""
    return 0.5 * (1.0 - level), 0.5 * (1.0 + level)
