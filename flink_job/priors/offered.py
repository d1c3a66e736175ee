"""Items on offer and lists that were shown, from files of JSON lines.

In: an item per line, `{"id": ..., attributes}` as in events, or a list per line, as `penchant produce --shown` writes
them. Out: items with their values per dimension, and lists. A line that cannot be used is named by its number.
"""

from collections.abc import Callable, Iterator
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
    decode = msgspec.json.Decoder(kind).decode
    try:
        lines = path.read_bytes().splitlines()
    except OSError as exc:
        message = f"{path}: {exc}"
        raise SettingsError(message) from exc
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _read(decode, line, f"{path}, line {number}")


def _read(decode: Callable[[bytes], T], line: bytes, where: str) -> T:
    try:
        return decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        message = f"{where}: {exc}; one JSON object a line is wanted"
        raise SettingsError(message) from exc
