"""Items to be scored: a request's body -> values per dimension, made by the same rules as the values of events.

In: bytes of JSON. Out: items, or QueryError naming the item by its place and the attribute at fault.
"""

from functools import lru_cache
from operator import methodcaller
from typing import Annotated, NamedTuple, TypeAlias, TypeVar

import msgspec

from udfs.catalogues.catalogue import Catalogue, attribute
from udfs.catalogues.dimension import Dimension, Value
from udfs.errors import EventRejected, QueryError
from udfs.model.items import Items

MAX_ITEMS = 1_000
MAX_USERS = 100
MAX_PAIRS = 10_000
"""Users x items of one request: more would hold other requests up."""

MAX_ID_CHARACTERS = 128
_REMEMBERED = 10_000

Seed: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class ScoreRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request for scores: each item has an `id` and the attributes of the catalogue's items.

    With `sample`, a seed, items are ranked by one draw from the posterior instead of by its mean.
    """

    items: Annotated[list[dict[str, object]], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    sample: Seed | None = None


class ManyScoresRequest(ScoreRequest, forbid_unknown_fields=True, kw_only=True):
    """The same for many users."""

    users: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MAX_USERS)]


class ToScore(NamedTuple):
    """What is to be scored; `users` is empty where the request's path names the user."""

    users: list[str]
    items: Items
    sample: int | None


R = TypeVar("R")
"""A body."""

_one = msgspec.json.Decoder(ScoreRequest)
_many = msgspec.json.Decoder(ManyScoresRequest)


class ItemReader:
    """Reads items by one catalogue. Remembers values that it has normalised: the same few come again and again."""

    def __init__(self, catalogue: Catalogue) -> None:
        """`catalogue`: which attributes an item has and how they become values."""
        self._attributes = {name: _Attribute(dimension) for name, dimension in catalogue.by_name.items()}

    def read(self, body: bytes, dimensions: tuple[str, ...]) -> ToScore:
        """What a body asks to score for one user, with its values in these dimensions. Raises QueryError."""
        found = _decode(_one, body, '{"items": [{"id": ..., attributes}]}')
        return ToScore([], self._items(found.items, dimensions), found.sample)

    def read_many(self, body: bytes, dimensions: tuple[str, ...]) -> ToScore:
        """The same for many users. Raises QueryError."""
        found = _decode(_many, body, '{"users": ["..."], "items": [{"id": ..., attributes}]}')
        if len(found.users) * len(found.items) > MAX_PAIRS:
            raise QueryError(
                field="body", message=f"users x items must be at most {MAX_PAIRS:,}; send several requests"
            )
        return ToScore(found.users, self._items(found.items, dimensions), found.sample)

    def _items(self, raw: list[dict[str, object]], dimensions: tuple[str, ...]) -> Items:
        ids = [_id(place, one) for place, one in enumerate(raw)]
        return Items(ids, _columns({name: self._attributes[name] for name in dimensions}, raw))


class _Attribute:
    """Reads one dimension of items."""

    def __init__(self, dimension: Dimension) -> None:
        self._dimension = dimension
        self._path = tuple(dimension.path.split("."))
        # Typed, because True == 1 == 1.0 in Python.
        self._remembered = lru_cache(maxsize=_REMEMBERED, typed=True)(dimension.value)

    def column(self, items: list[dict[str, object]]) -> list[Value]:
        """The values of many items. Raises EventRejected, or TypeError for what cannot be remembered (a list)."""
        if len(self._path) == 1:
            return list(map(self._remembered, map(methodcaller("get", *self._path), items)))
        return [self._remembered(attribute(item, self._path)) for item in items]

    def value(self, place: int, item: dict[str, object]) -> Value:
        """The value of the item at `place`. Raises QueryError."""
        raw = attribute(item, self._path)
        try:
            return self._normalised(raw)
        except EventRejected as exc:
            raise QueryError(field=f"items[{place}].{self._dimension.path}", message=exc.detail) from exc

    def _normalised(self, raw: object) -> Value:
        try:
            return self._remembered(raw)
        except TypeError:  # an unhashable list or object
            return self._dimension.value(raw)


def _decode(decoder: msgspec.json.Decoder[R], body: bytes, example: str) -> R:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as exc:
        raise QueryError(field="body", message=f"{exc}; send {example}") from exc


def _columns(readers: dict[str, _Attribute], items: list[dict[str, object]]) -> dict[str, list[Value]]:
    try:
        return {name: reader.column(items) for name, reader in readers.items()}
    except (EventRejected, TypeError):
        # One by one, which is slower and tells the item at fault.
        rows = [[reader.value(place, item) for reader in readers.values()] for place, item in enumerate(items)]
        return {name: list(column) for name, column in zip(readers, zip(*rows, strict=True), strict=True)}


def _id(place: int, raw: dict[str, object]) -> str:
    found = raw.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID_CHARACTERS:
        raise QueryError(field=f"items[{place}].id", message=f"must be a string of 1 to {MAX_ID_CHARACTERS} characters")
    return found
