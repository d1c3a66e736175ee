"""Users are the clusters: what one user does is related, so errors and intervals are those of means over users.

In: values with the user to whom each belongs. Out: means with clustered standard errors (Liang and Zeger, 1986), and
percentile intervals of a paired bootstrap over users (Efron, 1979).
"""

from typing import NamedTuple

import msgspec
import numpy as np

from flink_job.evaluate.space import Floats, Indices

_CHUNK = 200


class Estimate(msgspec.Struct, frozen=True):
    """A mean with its standard error."""

    mean: float
    error: float


class Difference(msgspec.Struct, frozen=True):
    """A mean difference and the interval that holds 95 % of the bootstrap's means."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0.0 or self.high < 0.0


class Weighted(NamedTuple):
    """Sums of values and of their number, by user."""

    sums: Floats
    counts: Floats


def clustered(values: Floats, users: Indices) -> Estimate:
    """The mean of all values, and its error when values of one user are related."""
    if not len(values):
        return Estimate(float("nan"), float("nan"))
    mean = float(values.mean())
    apart = np.bincount(users, values - mean)
    return Estimate(mean, float(np.sqrt((apart * apart).sum())) / len(values))


def over_users(values: Floats) -> Estimate:
    """The mean of one value per user; NaN stands for a user without any."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Estimate(float("nan"), float("nan"))
    spread = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
    return Estimate(float(known.mean()), spread / float(np.sqrt(len(known))))


def means(values: Floats, users: Indices, count: int) -> Floats:
    """The mean of each of `count` users; NaN for one without any value."""
    known = ~np.isnan(values)
    sums = np.bincount(users[known], values[known], minlength=count)
    counts = np.bincount(users[known], minlength=count)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def paired(ours: Floats, theirs: Floats, rng: np.random.Generator, resamples: int = 2_000) -> Difference:
    """Ours minus theirs, user by user; users that miss either are left out."""
    apart = ours - theirs
    apart = apart[~np.isnan(apart)]
    if not len(apart):
        return Difference(float("nan"), float("nan"), float("nan"))
    found = [
        apart[rng.integers(len(apart), size=(min(_CHUNK, resamples - start), len(apart)))].mean(axis=1)
        for start in range(0, resamples, _CHUNK)
    ]
    low, high = np.quantile(np.concatenate(found), (0.025, 0.975)).tolist()
    return Difference(float(apart.mean()), low, high)
