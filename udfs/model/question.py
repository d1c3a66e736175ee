"""A question: all that a caller may choose about a profile."""

import datetime

import msgspec

from udfs.model.baseline import Baseline
from udfs.model.decay import Decay


class Question(msgspec.Struct, frozen=True):
    """Which dates, dimensions, decay and weights count, what is compared with, and how the answer is cut.

    `first` and `last` are inclusive dates, ages are counted back from `last`; `dimensions` are names in catalogue
    order, `weights` one per type code; `level` is the probability inside an interval; `top` bounds the categories that
    are named; with `bins` the answer shows the bins of numbers; `preset` names the preset that it was asked by, if any.
    """

    first: datetime.date
    last: datetime.date
    dimensions: tuple[str, ...]
    weights: tuple[float, ...]
    decay: Decay = Decay()
    level: float = 0.9
    top: int = 5
    baseline: Baseline = "population"
    bins: bool = False
    preset: str = ""

    def weight(self, date: datetime.date) -> float:
        """The weight of evidence of `date`; 0 outside of the dates that are asked for."""
        return self.decay.weight((self.last - date).days) if self.first <= date <= self.last else 0.0
