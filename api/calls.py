"""Calls: each request of the API as a value, with the type of its answer. A client sends them, sync or async.

In: arguments. Out: a `Call`. Parameters of a question are named as in the API; `from` is written `from_`. Lists may
stand for texts with commas. Raises QueryError for what a comma would split.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from api.answers import AnyUser, CatalogueAnswer, ManyScores, Preset, Profile, Scores
from api.history import Export, History
from api.profiles import Profiles
from api.receipts import Aliases, Audit, Erasure, Objection
from api.status import Status
from udfs.errors import QueryError

T = TypeVar("T")
"""The answer."""


class Call(msgspec.Struct, Generic[T], frozen=True):
    """One request; it may be sent again when it failed, as every one of them is idempotent."""

    answer: type[T]
    method: str
    path: str
    parameters: dict[str, str] = {}
    body: object = None


def profile(user_id: str, **question: object) -> Call[Profile]:
    """What a user likes."""
    return Call(Profile, "GET", f"{_user(user_id)}/profile", _texts(question))


def profiles(user_ids: Sequence[str], **question: object) -> Call[Profiles]:
    """What each of many users likes."""
    return Call(Profiles, "POST", "/v1/profiles", _texts(question), {"users": list(user_ids)})


def scores(
    user_id: str, items: Sequence[Mapping[str, Any]], *, sample: int | None = None, **question: object
) -> Call[Scores]:
    """Items ranked for a user; each has an `id` and attributes."""
    return Call(Scores, "POST", f"{_user(user_id)}/scores", _texts(question), _items(items, sample))


def many_scores(
    user_ids: Sequence[str], items: Sequence[Mapping[str, Any]], *, sample: int | None = None, **question: object
) -> Call[ManyScores]:
    """Items ranked for each of many users."""
    body = {"users": list(user_ids)} | _items(items, sample)
    return Call(ManyScores, "POST", "/v1/scores", _texts(question), body)


def any_user() -> Call[AnyUser]:
    """Some user of whom something is stored, another one each time."""
    return Call(AnyUser, "GET", "/v1/users/any")


def catalogue() -> Call[CatalogueAnswer]:
    """Which types of events, dimensions and dates there are."""
    return Call(CatalogueAnswer, "GET", "/v1/catalogue")


def status() -> Call[Status]:
    """How the pipeline does."""
    return Call(Status, "GET", "/v1/status")


def presets() -> Call[list[Preset]]:
    """Questions that have a name."""
    return Call(list[Preset], "GET", "/v1/presets")


def history(user_id: str, **question: object) -> Call[History]:
    """Daily statistics of a user."""
    return Call(History, "GET", f"{_user(user_id)}/history", _texts(question))


def activity(user_id: str, **question: object) -> Call[History]:
    """The dates of that alone."""
    return Call(History, "GET", f"{_user(user_id)}/activity", _texts(question))


def export(user_id: str) -> Call[Export]:
    """Everything that is stored of a person."""
    return Call(Export, "GET", f"{_user(user_id)}/export")


def erase(user_id: str) -> Call[Erasure]:
    """Forget a person."""
    return Call(Erasure, "DELETE", _user(user_id))


def objection(user_id: str) -> Call[Objection]:
    """Whether a user objects to profiling."""
    return Call(Objection, "GET", f"{_user(user_id)}/objection")


def object_to_profiling(user_id: str) -> Call[Objection]:
    """Profile a person no more."""
    return Call(Objection, "PUT", f"{_user(user_id)}/objection")


def withdraw_objection(user_id: str) -> Call[Objection]:
    """Profile a person again."""
    return Call(Objection, "DELETE", f"{_user(user_id)}/objection")


def aliases(user_id: str) -> Call[Aliases]:
    """Other ids of a person."""
    return Call(Aliases, "GET", f"{_user(user_id)}/aliases")


def link(user_id: str, other: str) -> Call[Aliases]:
    """Let another id be the same person."""
    return Call(Aliases, "PUT", f"{_user(user_id)}/aliases/{_quoted(other)}")


def unlink(user_id: str, other: str) -> Call[Aliases]:
    """Let another id be somebody else again."""
    return Call(Aliases, "DELETE", f"{_user(user_id)}/aliases/{_quoted(other)}")


def audit(day: datetime.date) -> Call[Audit]:
    """Who did what to whom on a day (UTC)."""
    return Call(Audit, "GET", f"/v1/audit/{day}")


def _user(user_id: str) -> str:
    return f"/v1/users/{_quoted(user_id)}"


def _quoted(user_id: str) -> str:
    if user_id in ("", ".", ".."):
        # On the way these are folded into the path: a request about somebody else.
        message = f"{user_id!r} cannot be a part of a path; ask by `profiles` or `many_scores`"
        raise QueryError(field="user_id", message=message)
    return quote(user_id, safe="")


def _texts(question: Mapping[str, object]) -> dict[str, str]:
    return {name.rstrip("_"): _text(name, value) for name, value in question.items() if value is not None}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ",".join(f"{kind}:{number}" for kind, number in value.items())
    return _joined(name, value) if isinstance(value, list | tuple) else str(value)


def _joined(name: str, values: Sequence[str]) -> str:
    for value in values:
        if "," in value:
            raise QueryError(name, f"{value[:40]!r} has a comma, which separates values; link such an id as an alias")
    return ",".join(values)


def _items(items: Sequence[Mapping[str, Any]], sample: int | None) -> dict[str, Any]:
    return {"items": list(items)} | ({} if sample is None else {"sample": sample})
