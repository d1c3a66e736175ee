"""Normal-gamma: the conjugate belief about the mean and the precision of a normal, in closed form.

In: a prior, and evidence on the axis after the dimension's transform. Out: a posterior that says where the average lies
(a Student-t for the mean) and where single observations lie (a Student-t predictive). Formulas: K. Murphy, Conjugate
Bayesian analysis of the Gaussian distribution (2007), section 3.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, stdtrit

from udfs.model.evidence import NumericEvidence
from udfs.model.interval import Interval, tails

Floats: TypeAlias = npt.NDArray[np.float64]


class NormalGamma(msgspec.Struct, frozen=True):
    """mean | precision ~ N(mean, 1 / (kappa precision)), precision ~ Gamma(alpha, rate beta)."""

    mean: float
    kappa: float
    alpha: float
    beta: float

    def update(self, evidence: NumericEvidence) -> "NormalGamma":
        """The posterior; without evidence this very belief."""
        n = evidence.mass.n_eff
        if not n:
            return self
        kappa = self.kappa + n
        apart = evidence.mean - self.mean
        beta = self.beta + 0.5 * evidence.effective_m2 + 0.5 * apart * apart * self.kappa * n / kappa
        return NormalGamma(self.mean + apart * n / kappa, kappa, self.alpha + 0.5 * n, beta)

    @property
    def degrees(self) -> float:
        """Degrees of freedom of both Student-t distributions."""
        return 2.0 * self.alpha

    @property
    def mean_scale(self) -> float:
        """Scale of the Student-t of the mean."""
        return math.sqrt(self.beta / (self.alpha * self.kappa))

    @property
    def predictive_scale(self) -> float:
        """Scale of the Student-t of a single observation."""
        return math.sqrt(self.beta * (self.kappa + 1.0) / (self.alpha * self.kappa))

    @property
    def predictive_variance(self) -> float:
        """Variance of a single observation; infinite up to alpha = 1."""
        if self.alpha <= 1.0:
            return math.inf
        return self.beta * (self.kappa + 1.0) / (self.kappa * (self.alpha - 1.0))

    def mean_interval(self, level: float) -> Interval:
        """Where the average lies with probability `level`, equal tails."""
        return self._around(self.mean_scale, level)

    def typical_range(self, level: float) -> Interval:
        """Where a single observation lies with probability `level`, equal tails."""
        return self._around(self.predictive_scale, level)

    def log_density(self, values: Sequence[float] | Floats) -> Floats:
        """Logarithm of the predictive density at each value."""
        degrees, scale = self.degrees, self.predictive_scale
        standard = (np.asarray(values, dtype=np.float64) - self.mean) / scale
        half = 0.5 * (degrees + 1.0)
        constant = gammaln(half) - gammaln(0.5 * degrees) - 0.5 * math.log(degrees * math.pi) - math.log(scale)
        found: Floats = constant - half * np.log1p(standard * standard / degrees)
        return found

    def _around(self, scale: float, level: float) -> Interval:
        reach = float(stdtrit(self.degrees, tails(level)[1])) * scale
        return self.mean - reach, self.mean + reach
