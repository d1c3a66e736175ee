"""What the API says, as structs: the document at /schema is made from them."""

import datetime
from typing import Literal

import msgspec

from udfs.model.profile import CategoricalSummary, NumericSummary
from udfs.model.score import Score


class Decaying(msgspec.Struct, frozen=True):
    """The decay as it was applied; ages are counted in whole `granularity` back from `to`."""

    name: str
    parameters: dict[str, float | str]
    granularity: Literal["date"] = "date"


class Asked(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """Whose answer this is, how the question was understood, and how far to trust it.

    `evidence` says whether the user has any that counts here; `stale` whether the job is behind. A quiet user is not a
    stale one. `fresh_through`: everything that the log took before is in the answer; null before the job's first
    checkpoint.
    """

    user_id: str
    catalogue: str
    generation: int
    first: datetime.date
    last: datetime.date
    decay: Decaying
    weights: dict[str, float]
    level: float
    fresh_through: datetime.datetime | None
    stale: bool
    evidence: Literal["none", "some"]
    prior: str


class Profile(Asked, frozen=True):
    """What a user likes, per dimension."""

    dimensions: dict[str, CategoricalSummary | NumericSummary]


class Scores(Asked, frozen=True):
    """Items ranked by how much likelier a user is to interact with such an item than under `baseline`; in nats."""

    baseline: Literal["prior"]
    scores: list[Score]
