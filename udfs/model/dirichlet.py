"""Dirichlet: the conjugate belief about shares of categories, in closed form, over a vocabulary that is open.

In: a prior and evidence. Out: a posterior with the mean, variance and interval of any share (each share is Beta
distributed) and the predictive probability of any category, seen or not. Prior mass that no category has claimed stays
in reserve, so shares and `other` sum to 1.
"""

import math
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.special import betaincinv

from udfs.model.evidence import CategoricalEvidence
from udfs.model.interval import Interval, tails

CAUTION = 1.35
"""Variance and interval of a share are computed as if it rested on this many times fewer observations; not its mean.

Shares of users are not Dirichlet in a population: many do not care, some care for one thing. So the intervals of a
Dirichlet are too narrow, though its means are right. Found with `penchant evaluate` on simulated users; see the README.
"""

ASSUMED_CATEGORIES = 20
"""Over how many categories the reserve is split where nothing is known of a dimension's vocabulary."""


class DirichletPrior(msgspec.Struct, frozen=True, dict=True, tag_field="kind", tag="categorical"):
    """A Dirichlet over an open vocabulary, worth `concentration` observations.

    `shares` is what known categories have of it and sums to less than 1. The rest is in reserve, split over at least
    `reserved_for` categories that are not among them.
    """

    concentration: float
    shares: dict[str, float] = {}
    reserved_for: int = ASSUMED_CATEGORIES

    @cached_property
    def reserve(self) -> float:
        """The share of the prior that is kept for categories not named in `shares`; above 0."""
        return 1.0 - math.fsum(self.shares.values())

    @cached_property
    def ranked(self) -> list[str]:
        """The categories that are named, largest share first, ties by name."""
        return sorted(self.shares, key=lambda category: (-self.shares[category], category))


class Share(NamedTuple):
    """What is believed of one share: it is Beta(mass, rest), and in doubt as if both were `CAUTION` times smaller."""

    mass: float
    rest: float

    @property
    def mean(self) -> float:
        """Its posterior mean, which is also the probability that the next observation falls here."""
        return self.mass / (self.mass + self.rest)

    @property
    def variance(self) -> float:
        """Its posterior variance."""
        return self.mean * (1.0 - self.mean) / ((self.mass + self.rest) / CAUTION + 1.0)


class Dirichlet(msgspec.Struct, frozen=True):
    """A posterior: `counts` are effective observations, `unseen` the prior mass of each category not in the prior."""

    prior: DirichletPrior
    counts: dict[str, float]
    n: float
    unseen: float

    @property
    def concentration(self) -> float:
        """Observations that the posterior is worth."""
        return self.prior.concentration + self.n

    def prior_mass(self, category: str) -> float:
        """Mass of a category before any evidence."""
        share = self.prior.shares.get(category)
        return self.unseen if share is None else share * self.prior.concentration

    def mass(self, category: str) -> float:
        """Mass of a category: prior and evidence, in observations."""
        return self.prior_mass(category) + self.counts.get(category, 0.0)

    def share(self, category: str) -> Share:
        """What is believed of the share of a category, seen or not; its mean is the predictive probability."""
        return self._share(self.mass(category))

    def log_lift(self, category: str) -> float:
        """How much likelier the category is than under the prior, in nats; exactly 0 without evidence."""
        now, before = self.mass(category) / self.concentration, self.prior_mass(category) / self.prior.concentration
        return math.log(now) - math.log(before)

    def top(self, k: int) -> tuple[list[tuple[str, Share]], Share]:
        """The k largest shares, ties by name, and the share of all others; together they sum to 1."""
        # Of the categories without evidence only the prior's first k can be among the largest.
        known = islice((category for category in self.prior.ranked if category not in self.counts), k)
        masses = sorted((-self.mass(category), category) for category in (*self.counts, *known))
        named = [(category, self._share(-mass)) for mass, category in masses[:k]]
        other = self._unnamed([category for category, _ in named])
        return named, Share(other, math.fsum(share.mass for _, share in named))

    def _share(self, mass: float) -> Share:
        return Share(mass, self.concentration - mass)

    def _unnamed(self, named: list[str]) -> float:
        """The mass of all categories but these, seen or not."""
        # Summed from its parts and not as a difference, which would be lost in rounding beside large counts.
        counted = [count for category, count in self.counts.items() if category not in named]
        claimed = math.fsum(self.prior_mass(category) for category in named)
        return math.fsum([self.prior.concentration, -claimed, *counted])


def posterior(prior: DirichletPrior, evidence: CategoricalEvidence) -> Dirichlet:
    """The posterior; without evidence it is the prior."""
    new = len(evidence.counts.keys() - prior.shares.keys())
    # A vocabulary larger than assumed splits the reserve further; half of it always stays for what was never seen.
    unseen = prior.concentration * prior.reserve / max(prior.reserved_for, 2 * new)
    return Dirichlet(prior, evidence.effective, evidence.mass.n_eff, unseen)


def intervals(shares: Sequence[Share], level: float) -> list[Interval]:
    """The equal-tailed credible interval of each share."""
    masses, rests = np.array(shares).reshape(-1, 2).T / CAUTION
    # Where nothing is left beside a share it is 1 for certain: without evidence, the share of "all others".
    low, high = np.where(rests > 0.0, betaincinv(masses, rests, np.array(tails(level)).reshape(2, 1)), 1.0)
    return list(zip(low.tolist(), high.tolist(), strict=True))
