"""Posteriors: rows of a user and a question -> what is believed per dimension. Profile and score share them.

In: rows as (date, encoded statistic per dimension), in any order; several rows of a date are its batches. Out: a
posterior per dimension asked for, categorical ones one by one, numeric ones as arrays over all of them.
"""

import datetime
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import TypeAlias

import msgspec
import numpy as np

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.model import cells, dirichlet, evidence
from udfs.model.baseline import Baseline
from udfs.model.dirichlet import Dirichlet, DirichletPrior
from udfs.model.evidence import CategoricalEvidence, NumericEvidence
from udfs.model.grid import Floats, grid
from udfs.model.interval import tails
from udfs.model.mixture import Mixture, seen
from udfs.model.normal_gamma import NormalGamma
from udfs.model.priors import NumericPrior, Priors, fits, stated
from udfs.model.question import Question

Row: TypeAlias = tuple[datetime.date, Mapping[str, bytes]]
Evidence: TypeAlias = CategoricalEvidence | NumericEvidence

_REMEMBERED = 256


class Start(msgspec.Struct, frozen=True, dict=True):
    """What is believed before any evidence. `categorical` and `numeric` keep the order of the question's `names`.

    `edges`: the scaled inner edges of each numeric dimension's bins. `coefficients`: one number per dimension of the
    question. `own` names the dimensions whose prior is not the fitted one, because the catalogue has changed since.
    `ranges` remembers what `range` has answered.
    """

    names: tuple[str, ...]
    categorical: tuple[tuple[Dimension, DirichletPrior], ...]
    numeric: tuple[Dimension, ...]
    edges: tuple[tuple[int, ...], ...]
    numbers: Mixture
    coefficients: Floats
    own: frozenset[str]
    ranges: dict[float, Floats] = {}

    @cached_property
    def probabilities(self) -> Floats:
        """The chance that a single number falls into each bin."""
        return self.numbers.probabilities

    def range(self, level: float) -> Floats:
        """Low end, median and high end of the typical range of each numeric dimension: (3, D)."""
        if level not in self.ranges:
            if len(self.ranges) >= _REMEMBERED:
                self.ranges.clear()
            self.ranges[level] = typical_range(self.numbers, level)
        return self.ranges[level]


class Posteriors(msgspec.Struct, frozen=True):
    """What is believed of a user: `shares` per categorical dimension, `numbers` over all numeric ones.

    `n_eff`: effective observations per dimension asked for, in the order of the question.
    """

    start: Start
    n_eff: dict[str, float]
    shares: tuple[Dirichlet, ...]
    numbers: Mixture

    @property
    def has_evidence(self) -> bool:
        """Whether any observation counts."""
        return any(self.n_eff.values())


class Model:
    """A catalogue with its priors, laid out so that a question costs a few calls over arrays."""

    def __init__(self, catalogue: Catalogue, priors: Priors) -> None:
        """A dimension of the catalogue that the priors do not fit has the prior that the catalogue states."""
        self.priors = priors
        self._catalogue = catalogue
        self._start = lru_cache(maxsize=_REMEMBERED)(self._laid_out)

    def posteriors(self, rows: Iterable[Row], question: Question) -> Posteriors:
        """The posterior of each dimension asked for. Raises EncodingError."""
        return self.believed(evidence_of(self._catalogue, rows, question), question)

    def start(self, question: Question) -> Start:
        """What is believed of anybody."""
        return self._start(question.dimensions, question.baseline)

    def believed(self, found: Mapping[str, Evidence], question: Question) -> Posteriors:
        """The posteriors after this evidence, one entry per dimension asked for."""
        start = self.start(question)
        shares = [dirichlet.posterior(prior, counts_of(found[one.name])) for one, prior in start.categorical]
        moments = [moments_of(found[one.name]) for one in start.numeric]
        numbers = start.numbers.update(seen(start.numbers.grid, moments))
        n_eff = {name: found[name].mass.n_eff for name in question.dimensions}
        return Posteriors(start, n_eff, tuple(shares), numbers)

    def _laid_out(self, names: tuple[str, ...], baseline: Baseline) -> Start:
        known, dimensions = self.priors.of(baseline), [self._catalogue.by_name[name] for name in names]
        own = frozenset(one.name for one in dimensions if one.name not in known or not fits(known[one.name], one))
        priors = [(one, stated(one) if one.name in own else known[one.name]) for one in dimensions]
        categorical = tuple((one, prior) for one, prior in priors if isinstance(prior, DirichletPrior))
        numeric = [(one, prior) for one, prior in priors if isinstance(prior, NumericPrior)]
        coefficients = np.array([self.priors.coefficients.get(name, 1.0) for name in names])
        edges = tuple(one.edges() for one, _ in numeric)
        return Start(names, categorical, tuple(one for one, _ in numeric), edges, _numbers(numeric), coefficients, own)


def typical_range(numbers: Mixture, level: float) -> Floats:
    """Low end, median and high end of where single numbers lie with probability `level`: (3, D)."""
    low, high = tails(level)
    return numbers.quantiles((low, 0.5, high))


def evidence_of(catalogue: Catalogue, rows: Iterable[Row], question: Question) -> dict[str, Evidence]:
    """The weighed evidence of each dimension asked for. Raises EncodingError."""
    weighed = [(weight, row) for date, row in rows if (weight := question.weight(date))]
    # In order of weight, so that the order of rows does not change a bit of the answer.
    weighed.sort(key=itemgetter(0))
    dates = [weight for weight, _ in weighed]
    found: dict[str, Evidence] = {}
    for name in question.dimensions:
        dimension, stored = catalogue.by_name[name], [row.get(name, cells.EMPTY) for _, row in weighed]
        if dimension.kind == "categorical":
            counts = cells.categorical(dimension, dates, question.weights, stored)
            found[name] = evidence.categorical(counts, question.weights)
        else:
            sums = cells.numeric(dimension, dates, question.weights, stored)
            found[name] = evidence.numeric(sums, question.weights, dimension.scale)
    return found


def _numbers(priors: list[tuple[Dimension, NumericPrior]]) -> Mixture:
    normals = np.array([prior.normal for _, prior in priors], dtype=np.float64).reshape(-1, 4)
    masses = np.array([mass for _, prior in priors for mass in prior.masses], dtype=np.float64)
    chance = np.array([prior.chance for _, prior in priors], dtype=np.float64)
    return Mixture(grid([one for one, _ in priors]), NormalGamma(*normals.T), masses, chance)


def counts_of(found: Evidence) -> CategoricalEvidence:
    """Evidence of a dimension that is known to be categorical."""
    assert isinstance(found, CategoricalEvidence)
    return found


def moments_of(found: Evidence) -> NumericEvidence:
    """Evidence of a dimension that is known to be numeric."""
    assert isinstance(found, NumericEvidence)
    return found
