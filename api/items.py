"""Items to be scored: a request's body -> values per dimension, made by the same rules as the values of events.

In: bytes of JSON. Out: items, or QueryError naming the item by its place and the attribute at fault.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from operator import methodcaller
from typing import Annotated, NamedTuple, TypeAlias

import msgspec

from api.body import UNREADABLE, decoded
from udfs.catalogues.catalogue import Catalogue, attribute
from udfs.catalogues.dimension import Dimension, Value
from udfs.errors import EventRejected, QueryError
from udfs.model.items import Items

MAX_ITEMS = 1_000
MAX_USERS = 100
MAX_PAIRS = 10_000
"""Users x items of one request: more would hold other requests up."""

MAX_ID_CHARACTERS = 128
REMEMBERED_BYTES = 16_000_000
"""Of items read in one set of dimensions, per process: the same ads are ranked for many users."""
_ROW_BYTES, _VALUE_BYTES = 300, 8
"""What an item takes beside its own bytes, and what each of its values adds."""
_SETS = 4
"""Sets of dimensions whose items are remembered: a page or an application asks for one or two."""
_REMEMBERED = 10_000
"""Values of a dimension."""
_LONGEST = 2_000
"""Bytes of an item whose raw values are remembered."""

Seed: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class ScoreRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request for scores: each item has an `id` and the attributes of the catalogue's items.

    With `sample`, a seed, items are ranked by one draw from the posterior instead of by its mean.
    """

    items: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    sample: Seed | None = None


class ManyScoresRequest(ScoreRequest, forbid_unknown_fields=True, kw_only=True):
    """The same for many users."""

    users: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MAX_USERS)]


class ToScore(NamedTuple):
    """What is to be scored; `users` is empty where the request's path names the user."""

    users: list[str]
    items: Items
    sample: int | None


_Row: TypeAlias = tuple[str, tuple[Value, ...]]
"""The id of an item, and its values."""

_one = msgspec.json.Decoder(ScoreRequest)
_many = msgspec.json.Decoder(ManyScoresRequest)
_item = msgspec.json.Decoder(dict[str, object])
_list = msgspec.json.Decoder(list[dict[str, object]])


class ItemReader:
    """Reads items by one catalogue, and remembers those that it has read."""

    def __init__(self, catalogue: Catalogue) -> None:
        """`catalogue`: which attributes an item has and how they become values."""
        attributes = {name: _Attribute(dimension) for name, dimension in catalogue.by_name.items()}
        self._columns = lru_cache(maxsize=_SETS)(lambda names: _Columns({name: attributes[name] for name in names}))

    def read(self, body: bytes, dimensions: tuple[str, ...]) -> ToScore:
        """What a body asks to score for one user, with its values in these dimensions. Raises QueryError."""
        found = decoded(_one, body, '{"items": [{"id": ..., attributes}]}')
        return ToScore([], self._columns(dimensions).read(found.items), found.sample)

    def read_many(self, body: bytes, dimensions: tuple[str, ...]) -> ToScore:
        """The same for many users. Raises QueryError."""
        found = decoded(_many, body, '{"users": ["..."], "items": [{"id": ..., attributes}]}')
        if len(found.users) * len(found.items) > MAX_PAIRS:
            raise QueryError(
                field="body", message=f"users x items must be at most {MAX_PAIRS:,}; send several requests"
            )
        return ToScore(found.users, self._columns(dimensions).read(found.items), found.sample)


class _Columns:
    """Reads some dimensions of items."""

    def __init__(self, attributes: dict[str, "_Attribute"]) -> None:
        self._attributes = attributes
        self._known: dict[bytes, _Row] = {}
        self._held = 0

    def read(self, items: list[msgspec.Raw]) -> Items:
        """Items by column, one or more. Raises QueryError."""
        encoded = list(map(bytes, items))
        new: dict[bytes, int] = {}
        for place, one in enumerate(encoded):
            if one not in self._known:
                new.setdefault(one, place)
        fresh = self._fresh(new)
        ids, rows = zip(*[self._known.get(one) or fresh[one] for one in encoded], strict=True)
        self._remember(fresh)
        return Items(ids, dict(zip(self._attributes, zip(*rows, strict=True), strict=True)))

    def _fresh(self, new: dict[bytes, int]) -> dict[bytes, _Row]:
        """Items that are not known, with their places."""
        if max(map(len, new), default=0) <= _LONGEST:
            with suppress(*UNREADABLE, QueryError, EventRejected, TypeError):
                return dict(zip(new, self._rows(new), strict=True))
        # One by one, which is slower, remembers no raw value and tells the item at fault.
        return {one: self._row(place, one) for one, place in new.items()}

    def _remember(self, fresh: dict[bytes, _Row]) -> None:
        size = sum(map(len, fresh)) + len(fresh) * (_ROW_BYTES + _VALUE_BYTES * len(self._attributes))
        if self._held + size > REMEMBERED_BYTES:
            self._known.clear()
            self._held = 0
        if size <= REMEMBERED_BYTES:
            self._known.update(fresh)
            self._held += size

    def _rows(self, encoded: Iterable[bytes]) -> list[_Row]:
        items = _list.decode(b"[%b]" % b",".join(encoded))
        columns = [map(one.remembered, map(one.raw, items)) for one in self._attributes.values()]
        return list(zip(map(_id, items), zip(*columns, strict=True), strict=True))

    def _row(self, place: int, encoded: bytes) -> _Row:
        where = f"items[{place}]"
        item = decoded(_item, encoded, '{"id": ..., attributes}', where)
        try:
            return _id(item), tuple([one.value(item) for one in self._attributes.values()])
        except QueryError as exc:
            raise QueryError(field=f"{where}.{exc.field}", message=exc.message) from exc


class _Attribute:
    """Reads one dimension of items.

    `raw` gives what an item has; `remembered` makes a value of it, or raises TypeError for what cannot be remembered.
    """

    def __init__(self, dimension: Dimension) -> None:
        self._dimension = dimension
        path = tuple(dimension.path.split("."))
        flat = methodcaller("get", *path) if len(path) == 1 else None
        self.raw: Callable[[dict[str, object]], object] = flat or (lambda item: attribute(item, path))
        # Typed, because True == 1 == 1.0 in Python.
        self.remembered = lru_cache(maxsize=_REMEMBERED, typed=True)(dimension.value)

    def value(self, item: dict[str, object]) -> Value:
        """The value of an item. Raises QueryError."""
        try:
            return self._dimension.value(self.raw(item))
        except EventRejected as exc:
            raise QueryError(self._dimension.path, exc.detail) from exc
        except RecursionError as exc:
            raise QueryError(self._dimension.path, "is nested too deep") from exc


def _id(item: dict[str, object]) -> str:
    found = item.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID_CHARACTERS:
        raise QueryError(field="id", message=f"must be a string of 1 to {MAX_ID_CHARACTERS} characters")
    return found
