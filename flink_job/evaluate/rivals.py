"""Rivals: what else could be done with the same events, each as good as validation can make it.

In: batches before an occasion, and the population of the training period. Out: predictive probabilities per slot.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from flink_job.evaluate.occasions import Table, past
from flink_job.evaluate.space import Floats, Indices, Space
from flink_job.evaluate.split import Period

LAST = 10
_PSEUDO = 0.5


def population(batches: Table, space: Space, train: Period) -> Floats:
    """What users look at, each user counting alike: (S), from the training period alone."""
    within = (batches.day >= train.first) & (batches.day < train.end)
    gather = csr_array(
        (np.ones(int(within.sum())), (batches.user[within], np.flatnonzero(within))),
        (len(batches.users), len(batches.user)),
    )
    shares = _shares((gather @ batches.counts).toarray(), space)
    sums = shares.sum(axis=0) + _PSEUDO
    found: Floats = sums / space.sums(sums)[space.owner]
    return found


def smoothed(counts: Floats, shares: Floats, strength: float, space: Space) -> Floats:
    """Counts (O, S) with `strength` more per dimension, spread like `shares` (S)."""
    total = space.sums(counts)[:, space.owner]
    found: Floats = (counts + strength * shares) / (total + strength)
    return found


def uniform(space: Space) -> Floats:
    """The same share for each slot of a dimension: (S)."""
    found: Floats = 1.0 / np.bincount(space.owner)[space.owner]
    return found


def last_items(batches: Table, user: Indices, day: Indices) -> csr_array:
    """(occasions, batches): weights that leave the last ten items before the day.

    The oldest batch of them counts in part, so that they are ten.
    """
    found = past(batches, user, day, np.ones(int(batches.day.max() - batches.day.min()) + 2))
    for start, end in zip(found.indptr[:-1].tolist(), found.indptr[1:].tolist(), strict=True):
        items = batches.items[found.indices[start:end]]
        later = np.cumsum(items[::-1])[::-1] - items
        found.data[start:end] = np.clip((LAST - later) / np.maximum(items, 1.0), 0.0, 1.0)
    return found


def _shares(counts: Floats, space: Space) -> Floats:
    total = space.sums(counts)[:, space.owner]
    found: Floats = counts / np.maximum(total, 1.0)
    return found
