"""Priors: what is believed of a user of whom nothing is known, per dimension, under a version that every answer names.

In: a catalogue. Out: `Priors`. The catalogue knows no shares of categories, so version "catalogue" keeps the whole of a
categorical prior in reserve and splits it evenly over an assumed number of categories; priors fitted from a population
fill `shares` and keep a smaller reserve.
"""

from typing import TypeAlias

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.catalogues.dimension import NumericPrior as Stated
from udfs.model.dirichlet import DirichletPrior
from udfs.model.normal_gamma import NormalGamma

CATALOGUE_VERSION = "catalogue"

Prior: TypeAlias = DirichletPrior | NormalGamma


class Priors(msgspec.Struct, frozen=True):
    """One prior per dimension, by name."""

    version: str
    by_dimension: dict[str, Prior]


def from_catalogue(catalogue: Catalogue) -> Priors:
    """The fixed priors that a catalogue states."""
    return Priors(CATALOGUE_VERSION, {name: _stated(dimension) for name, dimension in catalogue.by_name.items()})


def _stated(dimension: Dimension) -> Prior:
    if dimension.prior is None:
        return DirichletPrior(dimension.concentration)
    return _normal_gamma(dimension, dimension.prior)


def _normal_gamma(dimension: Dimension, stated: Stated) -> NormalGamma:
    """The normal-gamma whose predictive distribution has the stated middle and spread."""
    kappa, alpha = stated.strength, 1.0 + stated.strength / 2.0
    spread = dimension.transformed(stated.spread)
    # The predictive variance is beta (kappa + 1) / (kappa (alpha - 1)); solved for beta.
    beta = spread * spread * (alpha - 1.0) * kappa / (kappa + 1.0)
    return NormalGamma(dimension.transformed(stated.typical), kappa, alpha, beta)
