"""A log of JSON lines: events as producers write them, and perhaps what was shown and the items on offer."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from flink_job.evaluate.log import Log, Values, records
from flink_job.local.traffic.lines import messages
from flink_job.local.traffic.shown import Shown
from udfs.catalogues.catalogue import Catalogue, values_by_name
from udfs.errors import EventRejected, LogUnavailable

T = TypeVar("T")
"""What a line holds."""


class _Event(msgspec.Struct):
    item: dict[str, object]


_event = msgspec.json.Decoder(_Event).decode
_shown = msgspec.json.Decoder(Shown).decode
_item = msgspec.json.Decoder(dict[str, object]).decode


def lined(
    catalogue: Catalogue, events: Iterable[bytes], shown: Iterable[bytes] = (), items: Iterable[bytes] = ()
) -> Log:
    """The log of these lines. Items that are not on offer are known by their last event. Raises LogUnavailable."""
    found = list(records(messages(events)))
    acted = [item for record in found if (item := _of_event(record.value)) is not None]
    offered = [_read(_item, line, "items", number) for number, line in enumerate(items, 1) if line.strip()]
    lists = [_read(_shown, line, "shown", number) for number, line in enumerate(shown, 1) if line.strip()]
    known = dict(pair for item in (*acted, *offered) if (pair := _values(catalogue, item)) is not None)
    return Log(catalogue, found, lists, known)


def _of_event(value: bytes | None) -> dict[str, object] | None:
    try:
        return _event(value or b"").item
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        # The decoder refuses it as well, and says why.
        return None


def _values(catalogue: Catalogue, item: dict[str, object]) -> tuple[str, Values] | None:
    name = item.get("id")
    try:
        own = values_by_name(catalogue, item)
    except EventRejected:
        return None
    return (str(name), own) if name not in (None, "") else None


def _read(decode: Callable[[bytes], T], line: bytes, what: str, number: int) -> T:
    try:
        return decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        message = f"{what}, line {number}: {exc}"
        raise LogUnavailable(message) from exc
