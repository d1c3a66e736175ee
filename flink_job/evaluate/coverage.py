"""Coverage: do intervals hold the truth as often as they say?

In: what is believed of many users, and their true shares and means. Out: per bucket the share of intervals that hold
the truth, with an error clustered by user, and their mean width.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from flink_job.evaluate.clusters import Estimate, clustered
from flink_job.evaluate.space import Floats, Indices

EVIDENCE = (0.0, 5.0, 20.0, 80.0, 320.0)
"""Lower ends of the buckets of effective observations."""
SHARES = (0.01, 0.05, 0.15, 0.35, 0.65)
"""Lower ends of the buckets of posterior-mean shares; smaller shares are not judged, see `Held`."""
ENOUGH_USERS = 100
"""A bucket with fewer users is shown and not judged."""


class Held(NamedTuple):
    """N intervals. `user`, `mean`, `n_eff`, `low`, `high`, `truth` (N)."""

    user: Indices
    mean: Floats
    n_eff: Floats
    low: Floats
    high: Floats
    truth: Floats

    @property
    def covered(self) -> Floats:
        """1 where the interval holds the truth."""
        return ((self.low <= self.truth) & (self.truth <= self.high)).astype(np.float64)

    def pick(self, chosen: "np.typing.NDArray[np.bool_]") -> "Held":
        """These intervals alone."""
        user, mean, n_eff, low, high, truth = self
        return Held(user[chosen], mean[chosen], n_eff[chosen], low[chosen], high[chosen], truth[chosen])


class Bucket(msgspec.Struct, frozen=True):
    """A bucket of intervals: those whose posterior mean and effective observations lie from these ends on."""

    share: tuple[float, float] | None
    evidence: tuple[float, float]
    intervals: int
    users: int
    covered: Estimate
    width: float
    below: float
    above: float

    @property
    def judged(self) -> bool:
        """Whether there is enough data to judge."""
        return self.users >= ENOUGH_USERS


def buckets(held: Held, by_share: bool) -> list[Bucket]:
    """The buckets that hold anything, by share (if asked for) and evidence."""
    shares = _ranges(SHARES, 1.0) if by_share else [None]
    found = []
    for share in shares:
        for evidence in _ranges(EVIDENCE, np.inf):
            chosen = (held.n_eff >= evidence[0]) & (held.n_eff < evidence[1])
            if share is not None:
                chosen &= (held.mean >= share[0]) & (held.mean < share[1])
            if chosen.any():
                found.append(_bucket(share, evidence, held.pick(chosen)))
    return found


def _bucket(share: tuple[float, float] | None, evidence: tuple[float, float], held: Held) -> Bucket:
    return Bucket(
        share,
        evidence,
        len(held.user),
        len(np.unique(held.user)),
        clustered(held.covered, held.user),
        float((held.high - held.low).mean()),
        float((held.truth < held.low).mean()),
        float((held.truth > held.high).mean()),
    )


def _ranges(starts: tuple[float, ...], end: float) -> list[tuple[float, float]]:
    return list(zip(starts, (*starts[1:], end), strict=True))
