"""Lifts: what each value that an item may have says for or against it.

In: posteriors, and the categories that items have. Out: a table with one entry per category and one per bin, in the
order of `Posteriors`: the log lift in nats over the baseline, of the posterior's mean or of one draw from it, and how
unsure the mean is. Numbers are compared by the bins that hold them. Without evidence every lift is exactly 0.

A share is Beta(a, A - a), so ln(share) has the variance trigamma(a) - trigamma(A).
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from scipy.special import zeta

from udfs.model.dirichlet import Dirichlet
from udfs.model.grid import Floats
from udfs.model.mixture import Mixture
from udfs.model.normal_gamma import NormalGamma
from udfs.model.posterior import Posteriors

Categories = Sequence[Sequence[str]]
"""Those of each categorical dimension that any item has."""

_CERTAIN = 1e9
"""Observations after which nothing is left to learn of a mean or a precision."""

_SMALLEST = 1e-300
"""Masses below leave the range in which floats have all their digits."""


def mean_lifts(posteriors: Posteriors, categories: Categories) -> Floats:
    """The log lift of each entry: posterior predictive over baseline."""
    masses, totals, before, totals_before = _masses(posteriors, categories)
    shares = np.log(masses / totals) - np.log(before / totals_before)
    return np.append(shares, _log_ratio(posteriors.numbers.probabilities, posteriors))


def variances(posteriors: Posteriors, categories: Categories) -> Floats:
    """The posterior variance of the log share, or log density, of each entry."""
    masses, totals, _, _ = _masses(posteriors, categories)
    return np.append(zeta(2.0, masses) - zeta(2.0, totals), posteriors.numbers.log_share_variances)


def drawn_lifts(posteriors: Posteriors, categories: Categories, rng: np.random.Generator) -> Floats:
    """The log lift of each entry under one draw from the posterior; the same generator, the same draw."""
    drawn = [_drawn_shares(found, own, rng) for found, own in zip(posteriors.shares, categories, strict=True)]
    _, _, before, totals_before = _masses(posteriors, categories)
    shares = np.log(np.concatenate([np.zeros(0), *drawn])) - np.log(before / totals_before)
    return np.append(shares, _log_ratio(_drawn_bins(posteriors.numbers, rng), posteriors))


def _masses(posteriors: Posteriors, categories: Categories) -> Floats:
    """Mass and total of each category, after the evidence and before: (4, entries)."""
    rows = chain.from_iterable(map(_of_dimension, posteriors.shares, categories))
    return np.array(list(rows), dtype=np.float64).reshape(-1, 4).T


def _of_dimension(found: Dirichlet, categories: Sequence[str]) -> list[tuple[float, float, float, float]]:
    after, before = found.concentration, found.prior.concentration
    return [(found.mass(category), after, found.prior_mass(category), before) for category in categories]


def _log_ratio(probabilities: Floats, posteriors: Posteriors) -> Floats:
    before = posteriors.start.probabilities
    found: Floats = np.log(np.maximum(probabilities, _SMALLEST)) - np.log(np.maximum(before, _SMALLEST))
    return found


def _drawn_shares(found: Dirichlet, categories: Sequence[str], rng: np.random.Generator) -> Floats:
    masses = np.array([found.mass(category) for category in categories])
    drawn = np.maximum(rng.standard_gamma(masses), _SMALLEST)
    rest = rng.standard_gamma(max(found.concentration - float(masses.sum()), _SMALLEST))
    shares: Floats = drawn / (drawn.sum() + rest)
    return shares


def _drawn_bins(belief: Mixture, rng: np.random.Generator) -> Floats:
    """Either description, drawn by its chance, with parameters drawn from its posterior: (B)."""
    by_bins = rng.random(len(belief.chance)) < belief.chance
    gammas = np.maximum(rng.standard_gamma(belief.masses), _SMALLEST)
    certain = belief._replace(normal=_drawn_normal(belief.normal, rng), masses=gammas, chance=by_bins.astype(float))
    return certain.probabilities


def _drawn_normal(belief: NormalGamma, rng: np.random.Generator) -> NormalGamma:
    """A normal-gamma that is all but certain of one drawn mean and precision."""
    precision = rng.standard_gamma(belief.alpha) / belief.beta
    mean = belief.mean + rng.standard_normal(len(precision)) / np.sqrt(belief.kappa * precision)
    certain = np.full_like(precision, _CERTAIN)
    return NormalGamma(mean, certain, certain, certain / precision)
