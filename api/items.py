"""Items to be scored: a request's body -> values per dimension, made by the same rules as the values of events.

In: bytes of JSON. Out: items, or QueryError naming the item by its place and the attribute at fault.
"""

from functools import lru_cache
from typing import Annotated

import msgspec

from udfs.catalogues.catalogue import Catalogue, attribute
from udfs.catalogues.dimension import Dimension, Value
from udfs.errors import EventRejected, QueryError
from udfs.model.score import Item

MAX_ITEMS = 1_000
MAX_ID_CHARACTERS = 128
_REMEMBERED = 10_000


class ScoreRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request for scores: each item has an `id` and the attributes of the catalogue's items."""

    items: Annotated[list[dict[str, object]], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class ItemReader:
    """Reads items by one catalogue. Remembers values that it has normalised: the same few come again and again."""

    def __init__(self, catalogue: Catalogue) -> None:
        """`catalogue`: which attributes an item has and how they become values."""
        self._attributes = {name: _Attribute(dimension) for name, dimension in catalogue.by_name.items()}
        self._decoder = msgspec.json.Decoder(ScoreRequest)

    def read(self, body: bytes, dimensions: tuple[str, ...]) -> list[Item]:
        """The items of a body with their values in these dimensions. Raises QueryError."""
        attributes = [(name, self._attributes[name]) for name in dimensions]
        return [_item(place, raw, attributes) for place, raw in enumerate(self._decode(body))]

    def _decode(self, body: bytes) -> list[dict[str, object]]:
        try:
            return self._decoder.decode(body).items
        except (msgspec.DecodeError, ValueError, RecursionError) as exc:
            raise QueryError(field="body", message=f'{exc}; send {{"items": [{{"id": ..., attributes}}]}}') from exc


class _Attribute:
    """Reads one dimension of items."""

    def __init__(self, dimension: Dimension) -> None:
        self._dimension = dimension
        self._path = tuple(dimension.path.split("."))
        # Typed, because True == 1 == 1.0 in Python.
        self._remembered = lru_cache(maxsize=_REMEMBERED, typed=True)(dimension.value)

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


def _item(place: int, raw: dict[str, object], attributes: list[tuple[str, _Attribute]]) -> Item:
    found = raw.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID_CHARACTERS:
        raise QueryError(field=f"items[{place}].id", message=f"must be a string of 1 to {MAX_ID_CHARACTERS} characters")
    return Item(found, {name: reader.value(place, raw) for name, reader in attributes})
