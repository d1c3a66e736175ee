"""The fold: the events of one batch become one statistic per dimension.

In: the payloads of a batch (see `udfs.events.event`) in any order, with repeats. Out: a `Delta`. A pure function of
the *set* of payloads:

1. equal payloads are one event; of payloads that share an event id but differ, the smallest bytes win (a conflict);
2. an item counts once, under the strongest type of its events; among those the latest, then the smallest bytes, give
its attributes;
3. what is left is counted per dimension and type.

A `Folding` takes more payloads later, at the cost of those alone: see `udfs.statistics.memory`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from udfs.catalogues.catalogue import Catalogue
from udfs.events.payload import ID, ITEM, SECOND, TYPE, Payload, apart, decode
from udfs.statistics.statistic import Statistic
from udfs.statistics.tally import Columns, Tally

MAX_EVENTS = 5_000
"""The first so many records of a (user, batch), by offset, count; the rest is dead-lettered as capped."""


class Delta(NamedTuple):
    """What one batch of a user holds.

    `version` is the number of distinct payloads: it grows with every event of the batch and orders the writes of a
    row. `events` is the number of distinct event ids, `items` of items counted. `statistics` are in catalogue order.
    """

    version: int
    events: int
    items: int
    statistics: tuple[Statistic, ...]

    @property
    def conflicts(self) -> int:
        """Payloads dropped because another one had the same event id."""
        return self.version - self.events


class Fold:
    """Folds batches by one catalogue. `places` may name a single dimension, for a job that is keyed by dimension."""

    def __init__(self, catalogue: Catalogue, places: Sequence[int] | None = None) -> None:
        """`places`: which of the catalogue's dimensions to count; all of them by default."""
        self._columns = Columns(catalogue.dimensions, range(len(catalogue.dimensions)) if places is None else places)

    def begin(self) -> "Folding":
        """The fold of no payload."""
        return Folding(self._columns)

    def fold(self, joined: bytes) -> Delta:
        """Fold payloads joined by commas, as the group of the batch holds them."""
        folding = self.begin()
        folding.add(joined)
        return folding.delta()


class Counted(NamedTuple):
    """An event that counts for its item, unless a greater one does: the order is type, then second."""

    code: int
    second: int
    payload: bytes

    def beats(self, other: "Counted") -> bool:
        """The strongest type, then the latest, then the smallest bytes."""
        if self[:2] == other[:2]:
            return self.payload < other.payload
        return self[:2] > other[:2]


class Folding:
    """A batch that is being folded. It keeps payloads as bytes: decoded they would take seven times as many."""

    __slots__ = ("_columns", "_contents", "_items", "_rivals", "_tallies")

    def __init__(self, columns: Columns) -> None:
        """`columns`: what of a payload to count."""
        self._columns = columns
        self._contents: dict[object, bytes] = {}
        self._rivals: dict[object, set[bytes]] = {}
        self._begin()

    def add(self, joined: bytes) -> None:
        """Fold more payloads, joined by commas."""
        replaced = False
        for payload in apart(joined):
            values = decode(payload)
            held = self._contents.setdefault(values[ID], payload)
            if held is payload:
                self._count(payload, values)
            elif held != payload:
                replaced |= self._contend(values[ID], held, payload)
        if replaced:
            self._recount()

    def delta(self) -> Delta:
        """What all payloads so far come to; it does not change when more are added."""
        version = len(self._contents) + sum(len(contents) - 1 for contents in self._rivals.values())
        return Delta(version, len(self._contents), len(self._items), self._columns.statistics(self._tallies))

    def _begin(self) -> None:
        self._items: dict[object, Counted] = {}
        self._tallies: list[Tally] = []

    def _recount(self) -> None:
        """An event that has lost may have been counted, or may have kept another one from being counted."""
        self._begin()
        for payload in self._contents.values():
            self._count(payload, decode(payload))

    def _contend(self, event_id: object, held: bytes, rival: bytes) -> bool:
        """Of two contents of one event id the smallest bytes win; whether it is the rival's."""
        self._rivals.setdefault(event_id, {held}).add(rival)
        if rival < held:
            self._contents[event_id] = rival
        return rival < held

    def _count(self, payload: bytes, values: Payload) -> None:
        """One event per item."""
        event = Counted(values[TYPE], values[SECOND], payload)
        held = self._items.setdefault(values[ITEM], event)
        if held is not event:
            if not event.beats(held):
                return
            self._items[values[ITEM]] = event
            self._tallies[held.code].remove(decode(held.payload))
        self._tally(event.code).add(values)

    def _tally(self, code: int) -> Tally:
        while len(self._tallies) <= code:
            self._tallies.append(Tally(self._columns))
        return self._tallies[code]
