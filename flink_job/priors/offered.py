"""Items on offer and lists that were shown, from files of JSON lines.

In: an item per line, `{"id": ..., attributes}` as in events, or a list per line, as `penchant produce --shown` writes
them. Out: items with their values per dimension, and lists. A line that cannot be used is named by its number.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from flink_job.local.traffic.shown import Shown
from udfs.catalogues.catalogue import Catalogue, values_by_name
from udfs.errors import EventRejected, SettingsError
from udfs.model.items import Item

T = TypeVar("T")
"""What a line holds."""


def items(path: Path, catalogue: Catalogue) -> dict[str, Item]:
    """Items by id; the last one wins where an id comes twice. Raises SettingsError."""
    found: dict[str, Item] = {}
    for number, raw in _lines(path, dict[str, object]):
        if raw.get("id") in (None, ""):
            message = f"{path}, line {number}: the item has no id; give each item an id of its own, as in events"
            raise SettingsError(message)
        try:
            found[str(raw["id"])] = values_by_name(catalogue, raw)
        except EventRejected as exc:
            message = f"{path}, line {number}: {exc.detail}"
            raise SettingsError(message) from exc
    return found


def shown(path: Path) -> list[Shown]:
    """Lists with what was chosen from them. Raises SettingsError."""
    return [one for _, one in _lines(path, Shown)]


def _lines(path: Path, kind: type[T]) -> Iterator[tuple[int, T]]:
    decoder = msgspec.json.Decoder(kind)
    try:
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if line.strip():
                yield number, decoder.decode(line)
    except (OSError, msgspec.DecodeError) as exc:
        message = f"{path}: {exc}; one JSON object a line is wanted"
        raise SettingsError(message) from exc
