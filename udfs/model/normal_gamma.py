"""Normal-gamma: the conjugate belief about the mean and the precision of a normal, in closed form, over arrays.

In: priors and evidence on the axis after the dimensions' transforms, one entry per dimension (or plain numbers for a
single one). Out: posteriors that say where the average lies (a Student-t for the mean) and where single observations
lie (a Student-t predictive). Formulas: K. Murphy, Conjugate Bayesian analysis of the Gaussian distribution (2007),
section 3.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from udfs.model.grid import Floats, Indices
from udfs.model.student_t import Numbers, StudentT
from udfs.model.trigamma import trigamma

_LOG_2_PI = math.log(2.0 * math.pi)


class Moments(NamedTuple):
    """What was observed: `n` effective observations, their mean, and their sum of squared deviations from it."""

    n: Numbers
    mean: Numbers
    m2: Numbers


class NormalGamma(NamedTuple):
    """mean | precision ~ N(mean, 1 / (kappa precision)), precision ~ Gamma(alpha, rate beta)."""

    mean: Numbers
    kappa: Numbers
    alpha: Numbers
    beta: Numbers

    def update(self, seen: Moments) -> "NormalGamma":
        """The posterior; without evidence this very belief, to the bit."""
        kappa = self.kappa + seen.n
        delta = seen.mean - self.mean
        beta = self.beta + 0.5 * seen.m2 + 0.5 * delta * delta * self.kappa * seen.n / kappa
        return NormalGamma(self.mean + delta * seen.n / kappa, kappa, self.alpha + 0.5 * seen.n, beta)

    def log_marginal(self, seen: Moments) -> Floats:
        """Logarithm of the density that this belief gave to what was seen, in any order."""
        after = self.update(seen)
        found: Floats = (
            gammaln(after.alpha)
            - gammaln(self.alpha)
            + self.alpha * np.log(self.beta)
            - after.alpha * np.log(after.beta)
            + 0.5 * (np.log(self.kappa) - np.log(after.kappa) - seen.n * _LOG_2_PI)
        )
        return found

    @property
    def of_mean(self) -> StudentT:
        """Where the average lies."""
        return StudentT(2.0 * self.alpha, self.mean, np.sqrt(self.beta / (self.alpha * self.kappa)))

    @property
    def predictive(self) -> StudentT:
        """Where a single observation lies."""
        scale = np.sqrt(self.beta * (self.kappa + 1.0) / (self.alpha * self.kappa))
        return StudentT(2.0 * self.alpha, self.mean, scale)

    def log_density_variance(self, values: Numbers) -> Floats:
        """Posterior variance of ln N(value | mean, precision): how unsure this belief is of a value's density.

        With p ~ Gamma(alpha, beta), d = value - mean and u = p (value - true mean)^2, the log density is ln(p)/2 - u/2
        + const, where Var ln p = trigamma(alpha), Var u = 4 d^2 alpha/(beta kappa) + 2/kappa^2 + d^4 alpha/beta^2 and
        Cov(ln p, u) = d^2/beta.
        """
        square = np.square(values - self.mean)
        of_u = (
            4.0 * square * self.alpha / (self.beta * self.kappa)
            + 2.0 / np.square(self.kappa)
            + np.square(square / self.beta) * self.alpha
        )
        found: Floats = 0.25 * (trigamma(self.alpha) + of_u) - 0.5 * square / self.beta
        return found

    def pick(self, places: Indices) -> "NormalGamma":
        """The beliefs of these dimensions; a place may come again."""
        return NormalGamma(*(np.asarray(part)[places] for part in self))
