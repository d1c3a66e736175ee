"""Dirichlet: the conjugate belief about shares of categories, in closed form, over a vocabulary that is open.

In: a prior and evidence. Out: a posterior with the mean, variance and interval of any share (each share is Beta distributed) and the predictive
probability of any category, seen or not. Prior mass that no category has claimed stays in reserve, so shares and `other` sum to 1.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.special import betaincinv

from udfs.model.evidence import CategoricalEvidence
from udfs.model.normal_gamma import Interval
from udfs.model.priors import CategoricalPrior


class Share(NamedTuple):
    """What is believed of one share: it is Beta(mass, rest)."""

    mass: float
    rest: float

    @property
    def mean(self) -> float:
        """Its posterior mean, which is also the probability that the next observation falls here."""
        return self.mass / (self.mass + self.rest)

    @property
    def variance(self) -> float:
        """Its posterior variance."""
        return self.mean * (1.0 - self.mean) / (self.mass + self.rest + 1.0)


class Dirichlet(msgspec.Struct, frozen=True):
    """A posterior: `counts` are effective observations, `unseen` the prior mass of each category that the prior does not name."""

    prior: CategoricalPrior
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

    def share(self, category: str) -> Share:
        """What is believed of the share of a category."""
        mass = self.prior_mass(category) + self.counts.get(category, 0.0)
        return Share(mass, self.concentration - mass)

    def probability(self, category: str) -> float:
        """The predictive probability of a category, seen or not."""
        return (self.prior_mass(category) + self.counts.get(category, 0.0)) / self.concentration

    def log_lift(self, category: str) -> float:
        """How much likelier the category is than under the prior, in nats; exactly 0 without evidence."""
        return math.log(self.probability(category)) - math.log(self.prior_mass(category) / self.prior.concentration)

    def top(self, k: int) -> tuple[list[tuple[str, Share]], Share]:
        """The k categories with the largest shares, ties by name, and the share of all others; together they sum to 1."""
        known = [(category, self.share(category)) for category in self.counts.keys() | self.prior.shares.keys()]
        known.sort(key=lambda pair: (-pair[1].mass, pair[0]))
        first, rest = known[:k], known[k:]
        # Summed from its parts and not as a difference, which would be lost in rounding beside large counts.
        other = math.fsum([self._unclaimed(), *(share.mass for _, share in rest)])
        return first, Share(other, math.fsum(share.mass for _, share in first))

    def _unclaimed(self) -> float:
        new = len(self.counts.keys() - self.prior.shares.keys())
        return self.prior.concentration * self.prior.reserve - new * self.unseen


def posterior(prior: CategoricalPrior, evidence: CategoricalEvidence) -> Dirichlet:
    """The posterior; without evidence it is the prior."""
    new = len(evidence.counts.keys() - prior.shares.keys())
    # A vocabulary larger than assumed splits the reserve further; half of it always stays for what was never seen.
    unseen = prior.concentration * prior.reserve / max(prior.reserved_for, 2 * new)
    return Dirichlet(prior, evidence.effective, evidence.mass.n_eff, unseen)


def intervals(shares: Sequence[Share], level: float) -> list[Interval]:
    """The equal-tailed credible interval of each share."""
    masses, rests = np.array(shares).reshape(-1, 2).T
    tail = 0.5 * (1.0 - level)
    low, high = betaincinv(masses, rests, np.array([[tail], [1.0 - tail]]))
    return list(zip(low.tolist(), high.tolist(), strict=True))
