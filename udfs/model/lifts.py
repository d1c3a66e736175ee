"""Lifts: what each value that an item may have says for or against it.

In: posteriors, and the categories that items have. Out: a table with one entry per category and one per bin, in the
order of `Posteriors`: the log lift in nats over the baseline, of the posterior's mean or of one draw from it, and how
unsure the mean is. Numbers are compared by the bins that hold them. Without evidence every lift is exactly 0.

A share is Beta(a, A - a), so ln(share) has the variance trigamma(a) - trigamma(A).
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain

import msgspec
import numpy as np

from udfs.model.dirichlet import Dirichlet
from udfs.model.grid import SMALLEST, Floats
from udfs.model.mixture import Mixture
from udfs.model.normal_gamma import NormalGamma
from udfs.model.posterior import Posteriors
from udfs.model.trigamma import trigamma

Categories = Sequence[Sequence[str]]
"""Those of each categorical dimension that any item has."""

_CERTAIN = 1e9
"""Observations after which nothing is left to learn of a mean or a precision."""


class Lifts(msgspec.Struct, frozen=True, dict=True):
    """The table of one user for the categories that matter."""

    posteriors: Posteriors
    categories: Categories

    @property
    def mean(self) -> Floats:
        """The log lift of each entry: posterior predictive over baseline."""
        masses, totals, _, _ = self._masses
        return self._over_baseline(np.log(masses / totals), self.posteriors.numbers.probabilities)

    @property
    def variances(self) -> Floats:
        """The posterior variance of the log share, or log density, of each entry."""
        masses, totals, _, _ = self._masses
        return np.append(trigamma(masses) - trigamma(totals), self.posteriors.numbers.log_share_variances)

    def drawn(self, rng: np.random.Generator) -> Floats:
        """The log lift of each entry under one draw from the posterior; the same generator, the same draw."""
        pairs = zip(self.posteriors.shares, self.categories, strict=True)
        drawn = [_drawn_shares(found, own, rng) for found, own in pairs]
        shares = np.log(np.concatenate([np.zeros(0), *drawn]))
        return self._over_baseline(shares, _drawn_bins(self.posteriors.numbers, rng))

    def _over_baseline(self, log_shares: Floats, probabilities: Floats) -> Floats:
        _, _, before, totals = self._masses
        numbers = _log(probabilities) - _log(self.posteriors.start.probabilities)
        return np.append(log_shares - np.log(before / totals), numbers)

    @cached_property
    def _masses(self) -> Floats:
        """Mass and total of each category, after the evidence and before: (4, entries)."""
        rows = chain.from_iterable(map(_of_dimension, self.posteriors.shares, self.categories))
        return np.array(list(rows), dtype=np.float64).reshape(-1, 4).T


def _of_dimension(found: Dirichlet, categories: Sequence[str]) -> list[tuple[float, float, float, float]]:
    after, before = found.concentration, found.prior.concentration
    return [(found.mass(category), after, found.prior_mass(category), before) for category in categories]


def _log(probabilities: Floats) -> Floats:
    found: Floats = np.log(np.maximum(probabilities, SMALLEST))
    return found


def _drawn_shares(found: Dirichlet, categories: Sequence[str], rng: np.random.Generator) -> Floats:
    masses = np.array([found.mass(category) for category in categories])
    if masses.sum() > found.concentration:
        # More categories that were never seen than the reserve is split over: each is drawn by itself.
        return np.maximum(rng.beta(masses, np.maximum(found.concentration - masses, SMALLEST)), SMALLEST)
    drawn = np.maximum(rng.standard_gamma(masses), SMALLEST)
    rest = rng.standard_gamma(max(found.concentration - float(masses.sum()), SMALLEST))
    shares: Floats = drawn / (drawn.sum() + rest)
    return shares


def _drawn_bins(belief: Mixture, rng: np.random.Generator) -> Floats:
    """Either description, drawn by its chance, with parameters drawn from its posterior: (B)."""
    by_bins = rng.random(len(belief.chance)) < belief.chance
    gammas = np.maximum(rng.standard_gamma(belief.masses), SMALLEST)
    normal = _drawn_normal(belief.normal, rng)
    return Mixture(belief.grid, normal, gammas, by_bins.astype(float)).probabilities


def _drawn_normal(belief: NormalGamma, rng: np.random.Generator) -> NormalGamma:
    """A normal-gamma that is all but certain of one drawn mean and precision."""
    precision = rng.standard_gamma(belief.alpha) / belief.beta
    mean = belief.mean + rng.standard_normal(len(precision)) / np.sqrt(belief.kappa * precision)
    certain = np.full_like(precision, _CERTAIN)
    return NormalGamma(mean, certain, certain, certain / precision)
