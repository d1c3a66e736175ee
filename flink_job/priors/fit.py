"""Fit: a sample of users -> a version of priors, and a report of how each search went.

In: rows of users, items on offer and lists that were shown, where there are any. Out: `Priors` under a version made of
the date and a hash of all that is in them, so equal priors have equal versions.
"""

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice

import msgspec

from flink_job.local.traffic.shown import Shown
from flink_job.priors.choices import Chooser
from flink_job.priors.sample import Users
from udfs.catalogues.catalogue import Catalogue
from udfs.model.fitting.choices import fit_coefficients
from udfs.model.fitting.convergence import Convergence
from udfs.model.fitting.population import fit
from udfs.model.items import Item
from udfs.model.posterior import Model, evidence_of
from udfs.model.priors import Priors, to_json
from udfs.model.question import Question

MAX_CHOICES = 5_000
FEW_CHOICES = 100
"""Fewer choices do not make coefficients; every dimension then counts fully."""


class Report(msgspec.Struct, frozen=True):
    """What was learned from, and how each search went; "name.bins" is that of a dimension's bins."""

    version: str
    users: int
    first: datetime.date
    last: datetime.date
    offered: int
    choices: int
    searches: dict[str, Convergence]


def fit_priors(
    catalogue: Catalogue,
    users: Users,
    question: Question,
    items: Mapping[str, Item],
    shown: Iterable[Shown],
) -> tuple[Priors, Report]:
    """Priors from the dates of `question`, under its weights and decay; coefficients from lists shown after them."""
    evidence = [evidence_of(catalogue, rows, question) for rows in users.values()]
    fitted = fit(catalogue, evidence, list(items.values()))
    priors = Priors("", fitted.population, fitted.inventory)
    later = (one for one in shown if one.at.date() > question.last)
    coefficients, searches, count = _coefficients(catalogue, Model(catalogue, priors), question, items, later, users)
    priors = _named(msgspec.structs.replace(priors, coefficients=coefficients), question.last)
    return priors, Report(
        priors.version, len(users), question.first, question.last, len(items), count, fitted.reports | searches
    )


def _coefficients(
    catalogue: Catalogue,
    model: Model,
    question: Question,
    items: Mapping[str, Item],
    shown: Iterable[Shown],
    users: Users,
) -> tuple[dict[str, float], dict[str, Convergence], int]:
    choices = list(islice(Chooser(catalogue, model, question, items).choices(shown, users), MAX_CHOICES))
    if len(choices) < FEW_CHOICES:
        return {}, {}, len(choices)
    found, report = fit_coefficients(choices)
    return dict(zip(question.dimensions, found.tolist(), strict=True)), {"coefficients": report}, len(choices)


def _named(priors: Priors, last: datetime.date) -> Priors:
    digest = hashlib.sha256(to_json(priors).encode()).hexdigest()[:8]
    return msgspec.structs.replace(priors, version=f"{last}-{digest}")
