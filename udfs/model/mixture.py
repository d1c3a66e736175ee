"""The mixture: a numeric taste is either one normal, or has several modes that only bins can follow.

In: for D numeric dimensions a normal-gamma, a Dirichlet over the bins, and the chance that the bins are the better
description; evidence. Out: the same after the evidence, where the chance follows from the two closed-form marginal
likelihoods (Bayesian model averaging: Hoeting et al., 1999). A value is known to its bin and no finer: a bin of width w
adds the variance w^2 / 12 of a uniform to each observation when the two are compared (Sheppard, 1898), so that a normal
gains nothing by shrinking to a single value.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from udfs.model.evidence import NumericEvidence
from udfs.model.grid import SMALLEST, Floats, Grid, Indices
from udfs.model.normal_gamma import Moments, NormalGamma
from udfs.model.student_t import StudentT
from udfs.model.trigamma import trigamma

_STEPS = 60
_CLOSE = 1e-12
_LARGEST_LOG = 700.0

VALLEY = 0.5
"""Two peaks are two modes where the density between them falls below this part of the lower one."""
SIDE = 0.15
"""Least probability on each side of a valley."""
LIKELY = 0.5
"""Least chance of the bins for which modes are looked for at all."""


class Seen(NamedTuple):
    """Evidence of D dimensions in effective observations: moments (D) and counts over the bins (B)."""

    moments: Moments
    counts: Floats


class Mixture(msgspec.Struct, frozen=True, dict=True):
    """`normal` (D), `masses` (B): the Dirichlet over each dimension's bins, `chance` (D): that the bins describe it.

    What follows from them is worked out once: an answer needs most of it several times.
    """

    grid: Grid
    normal: NormalGamma
    masses: Floats
    chance: Floats

    def update(self, seen: Seen) -> "Mixture":
        """The posterior; without evidence this very belief, to the bit."""
        odds = (1.0 - self.chance) * np.exp(np.minimum(-self.log_bayes_factor(seen), _LARGEST_LOG))
        some = np.asarray(seen.moments.n) > 0.0
        chance = np.where(some, self.chance / np.where(some, self.chance + odds, 1.0), self.chance)
        return Mixture(self.grid, self.normal.update(seen.moments), self.masses + seen.counts, chance)

    def log_bayes_factor(self, seen: Seen) -> Floats:
        """Logarithm of how much better the bins predicted what was seen than the normal: (D)."""
        moments, width = seen.moments, self.grid.widths
        normal = self.normal.log_marginal(moments._replace(m2=moments.m2 + moments.n * width * width / 12.0))
        totals = self.grid.sums(self.masses)
        each = self.grid.sums(gammaln(self.masses + seen.counts) - gammaln(self.masses))
        bins: Floats = gammaln(totals) - gammaln(totals + moments.n) + each - moments.n * np.log(width)
        return bins - normal

    @cached_property
    def shares(self) -> Floats:
        """The mean share of each bin if the bins describe the taste: (B)."""
        found: Floats = self.masses / self.grid.sums(self.masses)[self.grid.owner]
        return found

    @cached_property
    def probabilities(self) -> Floats:
        """The chance that a single observation falls into each bin; values beyond the ends fall into the end bins."""
        grid = self.grid
        below = np.where(grid.first, 0.0, self._predictive_by_bin.cdf(grid.lows))
        above = np.where(grid.last, 1.0, self._predictive_cdf_highs)
        chance = self.chance[grid.owner]
        found: Floats = chance * self.shares + (1.0 - chance) * np.maximum(above - below, 0.0)
        return found

    @property
    def log_share_variances(self) -> Floats:
        """Posterior variance of the logarithm of each bin's share, to first order over the two descriptions: (B)."""
        grid, normal = self.grid, self.normal.pick(self.grid.owner)
        by_bins = self.chance[grid.owner] * self.shares
        part = by_bins / np.maximum(self.probabilities, SMALLEST)
        of_bins = trigamma(self.masses) - trigamma(grid.sums(self.masses))[grid.owner]
        of_normal = normal.log_density_variance(grid.middles)
        found: Floats = part * part * of_bins + (1.0 - part) ** 2 * of_normal
        return found

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """The values that a single observation stays below with each probability: (len(probabilities), D).

        The bins are uniform between their ends; their mass beyond the ends is that of the end bins.
        """
        wanted, upper = np.asarray(probabilities)[:, None], self._cdf_highs
        counts = np.diff(np.append(self.grid.starts, len(self.grid.owner)))
        # The bins whose upper end still lies below the quantile; all of them where it lies beyond the last one.
        passed = self.grid.sums((upper < wanted).astype(np.int64))
        place = self.grid.starts + np.minimum(passed, counts - 1)
        start = self._cdf_lows(place)
        # Of an inner bin the start is the end of the bin before, but for rounding.
        left = (start >= wanted) & (passed == 0)
        beyond = left | (passed >= counts)
        return np.where(beyond, self._beyond(wanted, left), self._inside(wanted, place, start, beyond))

    @property
    def multimodal(self) -> npt.NDArray[np.bool_]:
        """Whether each dimension has more than one mode: (D)."""
        found = np.zeros(len(self.chance), dtype=np.bool_)
        ends = np.append(self.grid.starts, len(self.grid.owner))
        for place in np.flatnonzero(self.chance > LIKELY).tolist():
            found[place] = _has_valley(self.shares[ends[place] : ends[place + 1]])
        return found

    def _inside(self, wanted: Floats, place: Indices, start: Floats, known: npt.NDArray[np.bool_]) -> Floats:
        """Quantiles in the bins at `place`, (T, D), by Newton's method; it bisects where a step leaves the bracket."""
        low, high = self.grid.lows[place], self.grid.highs[place]
        predictive, rest, first = self._predictive, 1.0 - self.chance, low
        slope = self.chance * self.shares[place] / (high - low)
        base = start - rest * predictive.cdf(low)
        value = 0.5 * (low + high)
        for _ in range(_STEPS):
            error = base + slope * (value - first) + rest * predictive.cdf(value) - wanted
            done = known | (np.abs(error) < _CLOSE)
            if np.all(done):
                break
            low, high = np.where(error < 0.0, value, low), np.where(error < 0.0, high, value)
            step = value - error / (slope + rest * np.exp(predictive.log_density(value)))
            value = np.where(done, value, np.where((step > low) & (step < high), step, 0.5 * (low + high)))
        return value

    def _beyond(self, wanted: Floats, left: npt.NDArray[np.bool_]) -> Floats:
        """Quantiles outside of the bins, where only the normal has mass left to give."""
        rest = np.maximum(1.0 - self.chance, SMALLEST)
        inside = np.where(left, wanted / rest, 1.0 - (1.0 - wanted) / rest)
        return self._predictive.quantile(np.clip(inside, SMALLEST, 1.0 - 1e-16))

    @property
    def _cdf_highs(self) -> Floats:
        chance = self.chance[self.grid.owner]
        found: Floats = chance * self._running_shares + (1.0 - chance) * self._predictive_cdf_highs
        return found

    def _cdf_lows(self, place: Indices) -> Floats:
        before = (self._running_shares - self.shares)[place]
        found: Floats = self.chance * before + (1.0 - self.chance) * self._predictive.cdf(self.grid.lows[place])
        return found

    @cached_property
    def _running_shares(self) -> Floats:
        return self.grid.running(self.shares)

    @cached_property
    def _predictive(self) -> StudentT:
        return self.normal.predictive

    @cached_property
    def _predictive_by_bin(self) -> StudentT:
        return self._predictive.pick(self.grid.owner)

    @cached_property
    def _predictive_cdf_highs(self) -> Floats:
        return self._predictive_by_bin.cdf(self.grid.highs)


def seen(grid: Grid, evidence: Sequence[NumericEvidence]) -> Seen:
    """The evidence of each dimension of the grid as arrays, in effective observations."""
    n = np.array([one.mass.n_eff for one in evidence], dtype=np.float64)
    mean = np.array([one.mean for one in evidence], dtype=np.float64)
    m2 = np.array([one.effective_m2 for one in evidence], dtype=np.float64)
    counts = np.zeros(len(grid.owner))
    for start, one in zip(grid.starts.tolist(), evidence, strict=True):
        per_weight = one.mass.per_weight
        for index, count in one.bins.items():
            counts[start + index] = count * per_weight
    return Seen(Moments(n, mean, m2), counts)


def _has_valley(shares: Floats) -> bool:
    """Whether a density over bins, lightly smoothed, falls between two peaks with enough on both sides."""
    padded = np.concatenate([shares[:1], shares, shares[-1:]])
    smooth = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    left, right = np.maximum.accumulate(smooth), np.maximum.accumulate(smooth[::-1])[::-1]
    valleys = smooth < VALLEY * np.minimum(left, right)
    before = np.cumsum(shares)
    return bool(np.any(valleys & (before > SIDE) & (1.0 - before > SIDE)))
