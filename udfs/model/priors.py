"""Priors: what is believed of a user of whom nothing is known, per dimension, under a version that every answer names.

In: a catalogue. Out: `Priors`. The catalogue knows no shares of categories, so version "catalogue" keeps the whole of a categorical prior in reserve
and splits it evenly over an assumed number of categories; priors fitted from a population fill `shares` and keep a smaller reserve.
"""

from typing import TypeAlias

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.catalogues.dimension import NumericPrior as Stated
from udfs.model.normal_gamma import NormalGamma

CATALOGUE_VERSION = "catalogue"
ASSUMED_CATEGORIES = 20
"""Over how many categories the reserve is split where nothing is known of a dimension's vocabulary."""


class CategoricalPrior(msgspec.Struct, frozen=True):
    """A Dirichlet over an open vocabulary: worth `concentration` observations, `shares` of it on known categories, the rest in reserve.

    `shares` sum to less than 1; the reserve is split over at least `reserved_for` categories that are not among them.
    """

    concentration: float
    shares: dict[str, float] = {}
    reserved_for: int = ASSUMED_CATEGORIES

    @property
    def reserve(self) -> float:
        """The share of the prior that is kept for categories not named in `shares`; above 0."""
        return 1.0 - sum(self.shares.values())


Prior: TypeAlias = CategoricalPrior | NormalGamma


class Priors(msgspec.Struct, frozen=True):
    """One prior per dimension, by name."""

    version: str
    by_dimension: dict[str, Prior]


def from_catalogue(catalogue: Catalogue) -> Priors:
    """The fixed priors that a catalogue states."""
    return Priors(CATALOGUE_VERSION, {name: _stated(dimension) for name, dimension in catalogue.by_name.items()})


def _stated(dimension: Dimension) -> Prior:
    if dimension.prior is None:
        return CategoricalPrior(dimension.concentration)
    return _normal_gamma(dimension, dimension.prior)


def _normal_gamma(dimension: Dimension, stated: Stated) -> NormalGamma:
    """The normal-gamma whose predictive distribution has the stated middle and spread."""
    kappa, alpha = stated.strength, 1.0 + stated.strength / 2.0
    spread = dimension.transformed(stated.spread)
    # The predictive variance is beta (kappa + 1) / (kappa (alpha - 1)); solved for beta.
    beta = spread * spread * (alpha - 1.0) * kappa / (kappa + 1.0)
    return NormalGamma(dimension.transformed(stated.typical), kappa, alpha, beta)
