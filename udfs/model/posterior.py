"""Posteriors: rows of a user and a question -> what is believed per dimension. Profile and score share it.

In: rows as (date, encoded statistic per dimension), in any order; several rows of a date are its batches. Out: a
posterior per dimension asked for.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.model import cells, dirichlet, evidence
from udfs.model.dirichlet import Dirichlet, DirichletPrior
from udfs.model.evidence import Mass
from udfs.model.normal_gamma import NormalGamma
from udfs.model.priors import Prior, Priors
from udfs.model.question import Question

Row: TypeAlias = tuple[datetime.date, Mapping[str, bytes]]
Weighed: TypeAlias = tuple[float, Mapping[str, bytes]]


class CategoricalPosterior(msgspec.Struct, frozen=True):
    """What is believed of a categorical dimension."""

    dimension: Dimension
    mass: Mass
    belief: Dirichlet


class NumericPosterior(msgspec.Struct, frozen=True):
    """What is believed of a numeric dimension, beside what was believed before."""

    dimension: Dimension
    mass: Mass
    prior: NormalGamma
    belief: NormalGamma


Posterior: TypeAlias = CategoricalPosterior | NumericPosterior


def posteriors(catalogue: Catalogue, priors: Priors, rows: Iterable[Row], question: Question) -> list[Posterior]:
    """The posterior of each dimension asked for, in the order of the question. Raises EncodingError."""
    weighed = [(weight, row) for date, row in rows if (weight := question.weight(date))]
    # In order of weight, so that the order of rows does not change a bit of the answer.
    weighed.sort(key=itemgetter(0))
    return [
        _posterior(catalogue.by_name[name], priors.by_dimension[name], weighed, question.weights)
        for name in question.dimensions
    ]


def _posterior(dimension: Dimension, prior: Prior, weighed: list[Weighed], weights: Sequence[float]) -> Posterior:
    name = dimension.name
    dates = [weight for weight, _ in weighed]
    stored = [row.get(name, cells.EMPTY) for _, row in weighed]
    if isinstance(prior, DirichletPrior):
        counts = evidence.categorical(cells.categorical(dimension, dates, stored), weights)
        return CategoricalPosterior(dimension, counts.mass, dirichlet.posterior(prior, counts))
    moments = evidence.numeric(cells.numeric(dimension, dates, stored), weights, dimension.scale)
    return NumericPosterior(dimension, moments.mass, prior, prior.update(moments))
