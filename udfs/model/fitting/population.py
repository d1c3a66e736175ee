"""All dimensions together: the evidence of many users, and what is on offer -> priors.

In: per user and dimension the evidence of a training period (users that were capped left out), and the values of items
on offer. Out: population and inventory priors with a report per dimension. The priors of an inventory are as strong as
those of the population and centred on what is on offer, so that evidence counts the same over either baseline.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from scipy.special import expit, logit

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.model.dirichlet import DirichletPrior
from udfs.model.evidence import NumericEvidence
from udfs.model.fitting.convergence import Convergence
from udfs.model.fitting.normal import fit_normal_gamma
from udfs.model.fitting.polya import UserCounts, fit_masses
from udfs.model.fitting.vocabulary import fit_dirichlet
from udfs.model.grid import Floats, grid
from udfs.model.items import Item
from udfs.model.mixture import Mixture, Seen
from udfs.model.normal_gamma import Moments, NormalGamma
from udfs.model.posterior import Evidence, counts_of, moments_of
from udfs.model.priors import NumericPrior, Prior, axis, stated

FEW = 20
"""Fewer users with evidence do not make a prior; the dimension keeps the one that the catalogue states."""

_LARGEST_RESERVE = 0.5
"""Of a dimension that the population says nothing of, as much is left for what is not on offer."""
_FAR = 10.0
"""Users whose values lie by so many spans of the bins off, or apart, are no measure for others."""
_LIKELIEST = 0.98
_ROUNDS = 50


class Fitted(msgspec.Struct, frozen=True):
    """Priors by dimension, and how the searches went; `bins` of a numeric dimension is a search of its own."""

    population: dict[str, Prior]
    inventory: dict[str, Prior]
    reports: dict[str, Convergence]


def fit(catalogue: Catalogue, users: Sequence[Mapping[str, Evidence]], offered: Sequence[Item] = ()) -> Fitted:
    """The priors of each dimension of the catalogue; `inventory` is empty where nothing is on offer."""
    population: dict[str, Prior] = {}
    reports: dict[str, Convergence] = {}
    for name, dimension in catalogue.by_name.items():
        seen = _telling(dimension, [user[name] for user in users])
        if len(seen) < FEW:
            population[name] = stated(dimension)
        elif dimension.kind == "categorical":
            population[name], reports[name] = fit_dirichlet([counts_of(one).effective for one in seen])
        else:
            population[name], found = _fit_numeric(dimension, [moments_of(one) for one in seen])
            reports |= {f"{name}{part}": report for part, report in found.items()}
    inventory = {name: _offered(catalogue.by_name[name], prior, offered) for name, prior in population.items()}
    return Fitted(population, inventory if offered else {}, reports)


def _telling(dimension: Dimension, users: Iterable[Evidence]) -> list[Evidence]:
    """The evidence of those users who say something of the population."""
    some = [one for one in users if one.mass.total]
    if dimension.kind == "categorical":
        return some
    bins = grid([dimension])
    low, high = float(bins.lows[0]), float(bins.highs[-1])
    reach = _FAR * (high - low)
    return [
        one
        for one in map(moments_of, some)
        if low - reach <= one.mean <= high + reach and one.m2 / one.mass.total <= reach * reach
    ]


def _fit_numeric(dimension: Dimension, users: Sequence[NumericEvidence]) -> tuple[NumericPrior, dict[str, Convergence]]:
    moments, counts = _moments(users), _bin_counts(users)
    normal, of_normal = fit_normal_gamma(moments)
    bins = len(grid([dimension]).owner)
    masses, of_bins = fit_masses(counts, np.full(bins, 10.0 / bins))
    chance = _chance(dimension, normal, masses, moments, counts)
    mean, kappa, alpha, beta = map(float, normal)
    prior = NumericPrior(mean, kappa, alpha, beta, tuple(masses.tolist()), chance, axis(dimension))
    return prior, {"": of_normal, ".bins": of_bins}


def _chance(dimension: Dimension, normal: NormalGamma, masses: Floats, moments: Moments, counts: UserCounts) -> float:
    """The share of users whom the bins describe better: expectation maximisation over the two descriptions."""
    users = len(np.asarray(moments.n))
    bins = grid([dimension] * users)
    dense = np.zeros((users, len(masses)))
    dense[counts.user, counts.category] = counts.times
    every = Mixture(
        bins, NormalGamma(*(np.full(users, part) for part in normal)), np.tile(masses, users), np.full(users, 0.5)
    )
    factors = every.log_bayes_factor(Seen(moments, dense.ravel()))
    chance = 0.5
    for _ in range(_ROUNDS):
        chance = float(np.clip(expit(factors + logit(chance)).mean(), 1.0 - _LIKELIEST, _LIKELIEST))
    return chance


def _moments(users: Sequence[NumericEvidence]) -> Moments:
    rows = np.array([(one.mass.n_eff, one.mean, one.effective_m2) for one in users], dtype=np.float64)
    return Moments(*rows.T)


def _bin_counts(users: Sequence[NumericEvidence]) -> UserCounts:
    entries = np.array(
        [
            (user, index, count * one.mass.per_weight)
            for user, one in enumerate(users)
            for index, count in one.bins.items()
        ]
    )
    return UserCounts(entries[:, 0].astype(np.int64), entries[:, 1].astype(np.int64), entries[:, 2])


def _offered(dimension: Dimension, prior: Prior, items: Iterable[Item]) -> Prior:
    values = [value for item in items if (value := item.get(dimension.name)) is not None]
    if not values:
        return prior
    if isinstance(prior, DirichletPrior):
        return _offered_shares(prior, Counter(map(str, values)))
    return _offered_numbers(dimension, prior, [int(value) for value in values])


def _offered_shares(prior: DirichletPrior, counts: Counter[str]) -> DirichletPrior:
    total = counts.total() / (1.0 - min(prior.reserve, _LARGEST_RESERVE))
    return msgspec.structs.replace(prior, shares={category: count / total for category, count in counts.items()})


def _offered_numbers(dimension: Dimension, prior: NumericPrior, values: list[int]) -> NumericPrior:
    bins, edges = grid([dimension]), dimension.edges()
    # A number far outside is one of its end bin, as where items are compared.
    numbers = np.clip(np.array(values) / dimension.scale, bins.lows[0], bins.highs[-1])
    counts = np.bincount([dimension.bin(value, edges) for value in values], minlength=len(prior.masses))
    old = np.array(prior.masses)
    # A little of the population's own shares, so that no bin is empty.
    shares = (counts + old / old.sum()) / (len(values) + 1.0)
    # As wide as the bin at least, so that few items on offer are not one for certain.
    ratio = (float(numbers.var()) + float(bins.widths[0]) ** 2 / 12.0) / _pooled_variance(dimension, old)
    return NumericPrior(
        float(numbers.mean()),
        prior.kappa,
        prior.alpha,
        prior.beta * ratio,
        tuple((old.sum() * shares).tolist()),
        prior.chance,
        prior.axis,
    )


def _pooled_variance(dimension: Dimension, masses: Floats) -> float:
    bins, shares = grid([dimension]), masses / masses.sum()
    mean = float(shares @ bins.middles)
    # Values are known to their bin and no finer (Sheppard, 1898).
    return float(shares @ (bins.middles - mean) ** 2) + float(bins.widths[0]) ** 2 / 12.0
