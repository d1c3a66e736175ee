"""What a client was answered before: it asks whether that still holds, and is sent it again only if not.

In: calls and responses. Out: the tag of an earlier answer to the same call, and that answer, with `fresh_through` as
the API now states it.
"""

import datetime
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from api.calls import Call

T = TypeVar("T")
"""The answer of a call."""

_Place: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


class Known(NamedTuple, Generic[T]):
    """An answer, and the tag under which the API knows it."""

    tag: str
    answer: T

    def now(self, fresh_through: str | None) -> T:
        """The answer as it stands at a later time."""
        if fresh_through is None:
            return self.answer
        at = datetime.datetime.fromisoformat(fresh_through)
        renewed: T = msgspec.structs.replace(self.answer, fresh_through=at)  # type: ignore[type-var]
        return renewed


class Memory:
    """Keeps the newest answers that have a tag."""

    def __init__(self, most: int) -> None:
        """At most `most` answers."""
        self._most = most
        self._kept: dict[_Place, Known[Any]] = {}

    def known(self, call: Call[T]) -> Known[T] | None:
        """The last answer to a call."""
        return self._kept.get(_place(call))

    def keep(self, call: Call[T], tag: str, answer: T) -> None:
        """Remember an answer."""
        self.forget(call)
        self._kept[_place(call)] = Known(tag, answer)
        for oldest in list(self._kept)[: -self._most]:
            self._kept.pop(oldest, None)

    def forget(self, call: Call[Any]) -> None:
        """Keep no answer to a call, such as one about a person who objects by now."""
        self._kept.pop(_place(call), None)


def _place(call: Call[Any]) -> _Place:
    # Only answers to GET have a tag, and those have no body.
    return call.path, tuple(sorted(call.parameters.items()))
