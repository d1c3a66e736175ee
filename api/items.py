"""Items to be scored: a request's body -> values per dimension, made by the same rules as the values of events.

In: bytes of JSON. Out: items, or QueryError naming the item by its place and the attribute at fault.
"""

from typing import Annotated

import msgspec

from udfs.catalogues.catalogue import Catalogue, attribute
from udfs.catalogues.dimension import Dimension, Value
from udfs.errors import EventRejected, QueryError
from udfs.model.score import Item

MAX_ITEMS = 1_000
MAX_ID_CHARACTERS = 128


class ScoreRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request for scores: each item has an `id` and the attributes of the catalogue's items."""

    items: Annotated[list[dict[str, object]], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class ItemReader:
    """Reads items by one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """`catalogue`: which attributes an item has and how they become values."""
        self._catalogue = catalogue
        self._paths = {name: tuple(found.path.split(".")) for name, found in catalogue.by_name.items()}
        self._decoder = msgspec.json.Decoder(ScoreRequest)

    def read(self, body: bytes, dimensions: tuple[str, ...]) -> list[Item]:
        """The items of a body with their values in these dimensions. Raises QueryError."""
        readers = [(self._catalogue.by_name[name], self._paths[name]) for name in dimensions]
        return [_item(place, raw, readers) for place, raw in enumerate(self._decode(body))]

    def _decode(self, body: bytes) -> list[dict[str, object]]:
        try:
            return self._decoder.decode(body).items
        except (msgspec.DecodeError, ValueError, RecursionError) as exc:
            raise QueryError(field="body", message=f'{exc}; send {{"items": [{{"id": ..., attributes}}]}}') from exc


def _item(place: int, raw: dict[str, object], readers: list[tuple[Dimension, tuple[str, ...]]]) -> Item:
    found = raw.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID_CHARACTERS:
        raise QueryError(field=f"items[{place}].id", message=f"must be a string of 1 to {MAX_ID_CHARACTERS} characters")
    return Item(found, {dimension.name: _value(place, dimension, attribute(raw, path)) for dimension, path in readers})


def _value(place: int, dimension: Dimension, raw: object) -> Value:
    try:
        return dimension.value(raw)
    except EventRejected as exc:
        raise QueryError(field=f"items[{place}].{dimension.path}", message=exc.detail) from exc
