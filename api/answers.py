"""What the API says, as structs: the document at /schema is made from them."""

import datetime
from typing import Literal

import msgspec

from udfs.model.baseline import Baseline
from udfs.model.profile import CategoricalSummary, NumericSummary
from udfs.model.score import Score


class Decaying(msgspec.Struct, frozen=True):
    """The decay as it was applied; ages are counted in whole `granularity` back from `to`."""

    name: str
    parameters: dict[str, float | str]
    granularity: Literal["date"] = "date"


class Understood(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """How a question was understood, and how far to trust the answer.

    `stale`: the job is behind. `fresh_through`: everything that the log took before is in the answer; null before the
    job's first report. `prior`: the version of what is believed without evidence.
    """

    catalogue: str
    generation: int
    first: datetime.date
    last: datetime.date
    preset: str
    decay: Decaying
    weights: dict[str, float]
    level: float
    fresh_through: datetime.datetime | None
    stale: bool
    prior: str
    baseline: Baseline


class Profile(Understood, frozen=True):
    """What a user likes, per dimension. `evidence`: whether the user has any that counts; a quiet user is not stale.

    `ids`: the other ids of the same person that the request named.
    """

    user_id: str
    ids: list[str]
    evidence: Literal["none", "some"]
    dimensions: dict[str, CategoricalSummary | NumericSummary]


class Scores(Understood, frozen=True):
    """Items ranked by how much likelier a user is to interact with such an item than `baseline` says; in nats.

    `ids`: the other ids of the same person that the request named.
    """

    user_id: str
    ids: list[str]
    evidence: Literal["none", "some"]
    scores: list[Score]


class UserScores(msgspec.Struct, frozen=True):
    """The items as one of many users would rank them."""

    user_id: str
    evidence: Literal["none", "some"]
    scores: list[Score]


class ManyScores(Understood, frozen=True):
    """Items ranked for each of many users, in the order in which they were named.

    `withheld` are those who have objected to profiling.
    """

    users: list[UserScores]
    withheld: list[str]


class AnyUser(msgspec.Struct, frozen=True):
    """Some user of whom something is stored."""

    user_id: str


class TypeAnswer(msgspec.Struct, frozen=True):
    """A type of event and its default weight."""

    name: str
    weight: float


class DimensionAnswer(msgspec.Struct, frozen=True):
    """A dimension: what it is called, and where items carry it."""

    name: str
    label: str
    kind: str
    unit: str
    path: str


class CatalogueAnswer(msgspec.Struct, frozen=True):
    """What can be asked here: types from weak to strong, and dimensions in order."""

    name: str
    item: str
    time_zone: str
    retention_days: int
    types: list[TypeAnswer]
    dimensions: list[DimensionAnswer]


class Preset(msgspec.Struct, frozen=True):
    """Parameters under a name."""

    name: str
    parameters: dict[str, str]
