"""The vocabulary: which categories a prior names, and what it keeps in reserve for those that it does not.

In: counts of many users per category. Out: a `DirichletPrior`. Categories that hardly anybody looks at are fitted
together, as one: what they have is the reserve for categories that were never seen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from udfs.model.dirichlet import ASSUMED_CATEGORIES, DirichletPrior
from udfs.model.fitting.convergence import Convergence
from udfs.model.fitting.polya import UserCounts, fit_masses

MAX_CATEGORIES = 1_000
FEW_USERS = 3
"""A category that fewer users have looked at is not named."""

SMALLEST_RESERVE = 1e-3

SMALLEST_CONCENTRATION = 0.5
"""Where nearly all users keep to one category the likeliest prior is so weak that a single look would be certainty."""


def fit_dirichlet(users: Sequence[Mapping[str, float]]) -> tuple[DirichletPrior, Convergence]:
    """The prior of a categorical dimension from effective counts per category; `users` holds those with any."""
    lookers = Counter(category for counts in users for category in counts)
    ranked = sorted(lookers, key=lambda category: (-lookers[category], category))[:MAX_CATEGORIES]
    named = [category for category in ranked if lookers[category] >= FEW_USERS]
    masses, report = fit_masses(_sparse(users, named), np.full(len(named) + 1, 10.0 / (len(named) + 1)))
    concentration = max(float(masses.sum()), SMALLEST_CONCENTRATION)
    scale = (1.0 - _reserve(masses)) / max(float(masses[:-1].sum()), 1e-12)
    shares = dict(zip(named, (masses[:-1] * scale).tolist(), strict=True))
    return DirichletPrior(concentration, shares, max(ASSUMED_CATEGORIES, len(lookers) - len(named))), report


def _reserve(masses: "np.typing.NDArray[np.float64]") -> float:
    return max(float(masses[-1] / masses.sum()), SMALLEST_RESERVE)


def _sparse(users: Sequence[Mapping[str, float]], named: Sequence[str]) -> UserCounts:
    """Counts by place in `named`; all other categories of a user are one, behind the last."""
    places = {category: place for place, category in enumerate(named)}
    together: Counter[tuple[int, int]] = Counter()
    for user, counts in enumerate(users):
        for category, count in counts.items():
            together[user, places.get(category, len(named))] += count  # type: ignore[assignment]
    keys = np.array(list(together), dtype=np.int64).reshape(-1, 2)
    return UserCounts(keys[:, 0], keys[:, 1], np.array(list(together.values()), dtype=np.float64))
