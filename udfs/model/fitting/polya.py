"""The Polya distribution: which Dirichlet did the shares of many users come from, given only their counts?

In: counts of users over K categories, sparse. Out: the K masses that maximise the Dirichlet-multinomial likelihood, by
the fixed point of T. Minka, Estimating a Dirichlet distribution (2000), section 4. It never lowers the likelihood.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, psi

from udfs.model.fitting.convergence import Convergence
from udfs.model.grid import Floats, Indices

_ITERATIONS = 2_000
_CLOSE = 1e-10
_SMALLEST = 1e-6


class UserCounts(NamedTuple):
    """Entry e: user `user[e]` was seen `times[e]` > 0 times in category `category[e]`; all three of shape (E)."""

    user: Indices
    category: Indices
    times: Floats

    @property
    def totals(self) -> Floats:
        """Observations per user, of those who have any."""
        totals: Floats = np.bincount(self.user, self.times).astype(np.float64)
        return totals[totals > 0.0]


def fit_masses(seen: UserCounts, start: Floats) -> tuple[Floats, Convergence]:
    """The masses (K) of the most likely Dirichlet, and how the search went from `start`."""
    totals, masses = seen.totals, np.maximum(start, _SMALLEST)
    scale = max(float(totals.sum()), 1.0)
    first = before = log_likelihood(seen, totals, masses)
    iterations, change = 0, 1.0
    while change >= _CLOSE and iterations < _ITERATIONS:
        masses = _step(seen, totals, masses)
        after = log_likelihood(seen, totals, masses)
        change, before, iterations = (after - before) / scale, after, iterations + 1
    return masses, Convergence(
        len(totals), float(totals.sum()), iterations, change < _CLOSE, (before - first) / scale, change
    )


def log_likelihood(seen: UserCounts, totals: Floats, masses: Floats) -> float:
    """Logarithm of the chance of the counts in the order of their events."""
    own, total = masses[seen.category], float(masses.sum())
    each = float((gammaln(own + seen.times) - gammaln(own)).sum())
    return each - float((gammaln(total + totals) - gammaln(total)).sum())


def _step(seen: UserCounts, totals: Floats, masses: Floats) -> Floats:
    own, total = masses[seen.category], masses.sum()
    rises = np.bincount(seen.category, psi(own + seen.times) - psi(own), minlength=len(masses))
    shared = float((psi(total + totals) - psi(total)).sum())
    found: Floats = np.maximum(masses * rises / shared, _SMALLEST)
    return found
