"""Posteriors: rows of a user and a question -> what is believed per dimension. The one way that profile and score share.

In: rows as (date, encoded statistic per dimension), in any order; several rows of a date are its batches. Out: a posterior per dimension asked for.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.model import cells, dirichlet, evidence
from udfs.model.dirichlet import Dirichlet
from udfs.model.evidence import Mass
from udfs.model.normal_gamma import NormalGamma
from udfs.model.priors import CategoricalPrior, Prior, Priors
from udfs.model.question import Question

Row: TypeAlias = tuple[datetime.date, Mapping[str, bytes]]
Group: TypeAlias = tuple[float, list[Mapping[str, bytes]]]


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
    groups = _groups(rows, question)
    return [
        _posterior(catalogue.by_name[name], priors.by_dimension[name], groups, question.weights)
        for name in question.dimensions
    ]


def _groups(rows: Iterable[Row], question: Question) -> list[Group]:
    """Rows that weigh the same, in ascending order of weight, so that the order of rows does not change a bit of the answer."""
    groups: dict[float, list[Mapping[str, bytes]]] = {}
    for date, row in rows:
        groups.setdefault(question.weight(date), []).append(row)
    groups.pop(0.0, None)
    return sorted(groups.items(), key=lambda group: group[0])


def _posterior(dimension: Dimension, prior: Prior, groups: list[Group], weights: Sequence[float]) -> Posterior:
    name = dimension.name
    stored = [(weight, [row[name] for row in rows if name in row]) for weight, rows in groups]
    if isinstance(prior, CategoricalPrior):
        counts = evidence.categorical([(w, cells.categorical(dimension, found)) for w, found in stored], weights)
        return CategoricalPosterior(dimension, counts.mass, dirichlet.posterior(prior, counts))
    moments = evidence.numeric([(w, cells.numeric(dimension, found)) for w, found in stored], weights, dimension.scale)
    return NumericPosterior(dimension, moments.mass, prior, prior.update(moments))
