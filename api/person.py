"""The ids of one person, as a request names them: the one in its path, and others in the parameter `ids`.

In: a user id and query parameters. Out: ids that can be, each once, and the other parameters; or QueryError. Their rows
are added up where they are read (`api.persons`), by the same rule as those of aliases.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from api.parameters import MAX_PARAMETER_CHARACTERS, Parameter
from udfs.errors import QueryError
from udfs.events.event import MAX_USER_BYTES

Given: TypeAlias = Iterable[tuple[str, str]]
"""Query parameters as they came: a name may come twice."""

MAX_IDS = 20
"""Other ids of one person, whether a request names them or the store links them."""

IDS = Parameter(
    "ids",
    f"At most {MAX_IDS} other ids of the same person, separated by commas, whose evidence is added for this answer. "
    "An id that has a comma, or U+FFFD, can only be linked.",
    "cookie-1,cookie-2",
)


class Person(NamedTuple):
    """One person: `others` in order, without `user_id`."""

    user_id: str
    others: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """`user_id`, and then the others."""
        return self.user_id, *self.others


def alone(user_id: str) -> Person:
    """A person of one id. Raises QueryError."""
    return Person(checked(user_id))


def named(user_id: str, given: Given) -> tuple[Person, list[tuple[str, str]]]:
    """The person of whom a request asks, and what else it says. Raises QueryError."""
    texts = list(given)
    others = {other for name, text in texts if name == IDS.name for other in _ids(text)}
    if len(others) > MAX_IDS:
        raise QueryError(IDS.name, f"must be at most {MAX_IDS} ids")
    person = Person(checked(user_id), tuple(sorted(others - {user_id})))
    return person, [(name, text) for name, text in texts if name != IDS.name]


def checked(user_id: str, field: str = "user_id") -> str:
    """The id, if an event could have it. Raises QueryError."""
    try:
        size = len(user_id.encode())
    except UnicodeEncodeError:
        size = 0
    if not 0 < size <= MAX_USER_BYTES:
        raise _unusable(field)
    return user_id


def _ids(text: str) -> list[str]:
    if len(text) > MAX_PARAMETER_CHARACTERS:
        raise QueryError(IDS.name, f"must be at most {MAX_PARAMETER_CHARACTERS} characters")
    # In a query Litestar replaces bytes that are no UTF-8 by U+FFFD, which would read as another user.
    if "\ufffd" in text:
        raise _unusable(IDS.name)
    return [checked(other, IDS.name) for other in text.split(",")]


def _unusable(field: str) -> QueryError:
    return QueryError(field, f"must be 1 to {MAX_USER_BYTES} bytes of UTF-8, percent-encoded")
