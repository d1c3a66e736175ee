"""Student's t, over arrays: what a normal-gamma says of its mean and of single observations."""

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.special import gammaln, stdtr, stdtrit

from udfs.model.grid import Floats, Indices
from udfs.model.interval import tails

Numbers: TypeAlias = "Floats | float"
"""One number, or one per dimension."""

Ends: TypeAlias = tuple[Floats, Floats]
"""The low and the high ends of intervals."""


class StudentT(NamedTuple):
    """`degrees` of freedom around `middle`, in units of `scale`."""

    degrees: Numbers
    middle: Numbers
    scale: Numbers

    @property
    def variance(self) -> Floats:
        """Infinite up to two degrees of freedom."""
        beyond = np.asarray(self.degrees) - 2.0
        finite = np.square(self.scale) * self.degrees / np.where(beyond > 0.0, beyond, 1.0)
        return np.where(beyond > 0.0, finite, np.inf)

    def interval(self, level: float) -> Ends:
        """Where a value lies with probability `level`, equal tails."""
        low, high = tails(level)
        return self.quantile(low), self.quantile(high)

    def quantile(self, probability: Numbers) -> Floats:
        """What a value stays below with this probability."""
        return np.asarray(self.middle + self.scale * stdtrit(self.degrees, probability), dtype=np.float64)

    def cdf(self, values: Numbers) -> Floats:
        """P(X < value) for each of `values`."""
        return np.asarray(stdtr(self.degrees, (values - self.middle) / self.scale), dtype=np.float64)

    def log_density(self, values: Numbers) -> Floats:
        """Logarithm of the density at each of `values`."""
        standard, half = (values - self.middle) / self.scale, 0.5 * (self.degrees + 1.0)
        constant = gammaln(half) - gammaln(0.5 * self.degrees) - 0.5 * np.log(self.degrees * math.pi)
        found: Floats = constant - np.log(self.scale) - half * np.log1p(standard * standard / self.degrees)
        return found

    def pick(self, places: Indices) -> "StudentT":
        """Those of these dimensions; a place may come again."""
        return StudentT(*(np.asarray(part)[places] for part in self))
