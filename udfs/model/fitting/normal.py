"""Which normal-gamma did the means and precisions of many users come from, given only their moments?

In: moments of users on the axis after the transform. Out: the normal-gamma that maximises the closed-form marginal
likelihood, by L-BFGS over the mean and the logarithms of the other three. Everything is measured in standard
deviations of all observations, so that one set of bounds fits prices and years alike.
"""

import numpy as np
from scipy.optimize import minimize

from udfs.model.fitting.convergence import Convergence
from udfs.model.grid import Floats
from udfs.model.normal_gamma import Moments, NormalGamma

_BOUNDS = [(-5.0, 5.0), (-7.0, 7.0), (-0.5, 7.0), (-12.0, 12.0)]
"""Mean in standard deviations; logarithms of kappa, alpha and beta."""

_START = np.array([0.0, 0.0, np.log(2.0), 0.0])


def fit_normal_gamma(seen: Moments) -> tuple[NormalGamma, Convergence]:
    """The most likely normal-gamma for users of whom each has at least one observation; fields of shape (users)."""
    n, mean, m2 = (np.asarray(part, dtype=np.float64) for part in seen)
    total = max(float(n.sum()), 1e-12)
    middle = float((n * mean).sum()) / total
    spread = float(np.sqrt((m2 + n * (mean - middle) ** 2).sum() / total)) or 1.0
    standard = Moments(n, (mean - middle) / spread, m2 / spread**2)

    def loss(parameters: Floats) -> float:
        return -float(np.sum(_belief(parameters).log_marginal(standard))) / total

    found = minimize(loss, _START, method="L-BFGS-B", bounds=_BOUNDS)
    belief = _belief(found.x)
    report = Convergence(
        len(n),
        total,
        int(found.nit),
        bool(found.success),
        loss(_START) - float(found.fun),
        float(np.max(np.abs(found.jac))),
    )
    return NormalGamma(middle + spread * belief.mean, belief.kappa, belief.alpha, belief.beta * spread**2), report


def _belief(parameters: Floats) -> NormalGamma:
    mean, *logarithms = parameters.tolist()
    return NormalGamma(mean, *np.exp(logarithms).tolist())
