"""Priors: what is believed of a user of whom nothing is known, per dimension, under a version that every answer names.

In: a catalogue, or what `udfs.model.fitting` found in a population. Out: `Priors`. They are data: JSON in the store.
The catalogue knows no shares of categories, so version "catalogue" keeps the whole of a categorical prior in reserve
and splits it evenly over an assumed number of categories; fitted priors fill `shares` and keep a smaller reserve.
"""

from typing import TypeAlias

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension, StatedPrior
from udfs.errors import EncodingError
from udfs.model.baseline import Baseline
from udfs.model.dirichlet import DirichletPrior
from udfs.model.grid import grid
from udfs.model.normal_gamma import NormalGamma

CATALOGUE_VERSION = "catalogue"
_CHANCE = 0.5


class NumericPrior(msgspec.Struct, frozen=True, tag_field="kind", tag="numeric"):
    """A normal-gamma (see `NormalGamma`), a Dirichlet over the bins, and the chance that the bins describe a user.

    `axis` says what the numbers are measured by (see `axis`); a prior of an earlier build lacks it.
    """

    mean: float
    kappa: float
    alpha: float
    beta: float
    masses: tuple[float, ...]
    chance: float
    axis: str = ""

    @property
    def normal(self) -> NormalGamma:
        """The normal-gamma."""
        return NormalGamma(self.mean, self.kappa, self.alpha, self.beta)


Prior: TypeAlias = DirichletPrior | NumericPrior


class Priors(msgspec.Struct, frozen=True):
    """One prior per dimension and baseline, by name, and how much each dimension counts in a score.

    `inventory` is empty where nothing is known of what is on offer. A dimension that `coefficients` does not name
    counts fully.
    """

    version: str
    population: dict[str, Prior]
    inventory: dict[str, Prior] = {}
    coefficients: dict[str, float] = {}

    def of(self, baseline: Baseline) -> dict[str, Prior]:
        """The priors of a baseline; empty where it is not known."""
        return self.population if baseline == "population" else self.inventory


_decode = msgspec.json.Decoder(Priors).decode
_encode = msgspec.json.Encoder().encode


def to_json(priors: Priors) -> str:
    """The priors as the store keeps them."""
    return _encode(priors).decode()


def from_json(text: str) -> Priors:
    """The inverse of `to_json`. Raises EncodingError."""
    try:
        return _decode(text)
    except msgspec.DecodeError as exc:
        message = f"stored priors cannot be read by this build: {exc}"
        raise EncodingError(message) from exc


def from_catalogue(catalogue: Catalogue) -> Priors:
    """The fixed priors that a catalogue states."""
    return Priors(CATALOGUE_VERSION, {name: stated(dimension) for name, dimension in catalogue.by_name.items()})


def fits(prior: Prior, dimension: Dimension) -> bool:
    """Whether a prior can still be used for a dimension, which may have other bins or another unit by now."""
    if isinstance(prior, DirichletPrior):
        return dimension.kind == "categorical"
    if dimension.bins is None or prior.axis not in ("", axis(dimension)):
        return False
    return len(prior.masses) == dimension.bins.count


def axis(dimension: Dimension) -> str:
    """What the numbers of a dimension's prior are measured by: its transform, its bins and its unit."""
    bins = dimension.bins
    return f"{dimension.transform} {bins.low:g} to {bins.high:g} by {bins.count} {dimension.unit}" if bins else ""


def stated(dimension: Dimension) -> Prior:
    """The prior that the catalogue states for one dimension."""
    if dimension.prior is None:
        return DirichletPrior(dimension.concentration)
    normal = _normal_gamma(dimension, dimension.prior)
    mean, kappa, alpha, beta = map(float, normal)
    return NumericPrior(mean, kappa, alpha, beta, _masses(dimension, normal), _CHANCE, axis(dimension))


def _normal_gamma(dimension: Dimension, stated: StatedPrior) -> NormalGamma:
    """The normal-gamma whose predictive distribution has the stated middle and spread."""
    kappa, alpha = stated.strength, 1.0 + stated.strength / 2.0
    spread = dimension.transformed(stated.spread)
    # The predictive variance is beta (kappa + 1) / (kappa (alpha - 1)); solved for beta.
    beta = spread * spread * (alpha - 1.0) * kappa / (kappa + 1.0)
    return NormalGamma(dimension.transformed(stated.typical), kappa, alpha, beta)


def _masses(dimension: Dimension, normal: NormalGamma) -> tuple[float, ...]:
    """Half of the bins' mass where the normal would have it, half spread evenly: the normal may be wrong."""
    bins = grid([dimension])
    inside = normal.predictive.cdf(bins.highs) - normal.predictive.cdf(bins.lows)
    shares = 0.5 * inside / inside.sum() + 0.5 / len(inside)
    return tuple((dimension.concentration * shares).tolist())
