"""History and export: what is stored of a person, as counted, before any decay or prior.

In: rows. Out: sums per date as known today, or every row with its exact numbers. Integers that a double cannot hold are
text.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

import msgspec

from cql.rows import BatchRow
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.events.exclusion import Span
from udfs.statistics.counts import Counts
from udfs.statistics.encoding import decode
from udfs.statistics.statistic import Numeric, Statistic, empty


class CategoricalTotals(msgspec.Struct, frozen=True, tag_field="kind", tag="categorical"):
    """Items per type of event and category."""

    counts: dict[str, dict[str, int]]


class Sums(msgspec.Struct, frozen=True):
    """n values, their sum and sum of squares as whole steps of `1/scale`, and counts per bin; exact, as text."""

    n: int
    sum: str
    squares: str
    bins: dict[str, int]


class NumericTotals(msgspec.Struct, frozen=True, tag_field="kind", tag="numeric"):
    """Sums per type of event. A value is its `transform` times `scale`, rounded."""

    unit: str
    scale: float
    transform: str
    sums: dict[str, Sums]


Totals = CategoricalTotals | NumericTotals


class Day(msgspec.Struct, frozen=True):
    """What is known today of one date."""

    date: datetime.date
    events: int
    items: int
    dimensions: dict[str, Totals]


class History(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """Daily statistics of a person, oldest date first; dates without evidence are left out.

    `ids`: the other ids that the request named. Days have no dimensions where the dates alone were asked for.
    """

    user_id: str
    ids: list[str]
    catalogue: str
    generation: int
    first: datetime.date
    last: datetime.date
    days: list[Day]


class Stored(msgspec.Struct, frozen=True):
    """One stored row.

    `unread` holds dimensions in the form of another catalogue, which this process would misread: as stored, in base64.
    """

    user_id: str
    generation: int
    date: datetime.date
    batch: int
    events: int
    items: int
    dimensions: dict[str, Totals]
    unread: dict[str, bytes]


class Export(msgspec.Struct, frozen=True):
    """Everything that is stored of a person."""

    user_id: str
    aliases: list[str]
    made_at: datetime.datetime
    catalogue: str
    exclusions: dict[str, list[Span]]
    rows: list[Stored]


class Historian:
    """Tells rows of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """`catalogue`: names of types and dimensions."""
        self._dimensions = {dimension.name: dimension for dimension in catalogue.dimensions}
        self._types = [kind.name for kind in catalogue.types]

    def days(self, rows: Iterable[BatchRow], names: Sequence[str]) -> list[Day]:
        """Sums per date. Raises EncodingError."""
        ordered = sorted(rows, key=lambda row: row.date)
        return [self._day(date, list(some), names) for date, some in groupby(ordered, key=lambda row: row.date)]

    def stored(self, user_id: str, generation: int, row: BatchRow, unreadable: Collection[str]) -> Stored:
        """One row with everything in it. Raises EncodingError."""
        totals = {name: self._totals(name, [row]) for name in row.cells if name not in unreadable}
        unread = {name: cell for name, cell in row.cells.items() if name in unreadable}
        return Stored(user_id, generation, row.date, row.batch, row.events, row.items, totals, unread)

    def _day(self, date: datetime.date, rows: list[BatchRow], names: Sequence[str]) -> Day:
        events, items = sum(row.events for row in rows), sum(row.items for row in rows)
        return Day(date, events, items, {name: self._totals(name, rows) for name in names})

    def _totals(self, name: str, rows: list[BatchRow]) -> Totals:
        dimension = self._dimensions[name]
        found: Statistic = empty(dimension)
        for row in rows:
            if name in row.cells:
                found = found.merge(decode(dimension, row.cells[name]))  # type: ignore[arg-type]
        return self._told(dimension, found)

    def _told(self, dimension: Dimension, found: Statistic) -> Totals:
        if isinstance(found, Counts):
            return CategoricalTotals({self._types[code]: counts for code, counts in enumerate(found.by_type)})
        return NumericTotals(dimension.unit or "", dimension.scale, dimension.transform or "", self._sums(found))

    def _sums(self, found: Numeric) -> dict[str, Sums]:
        both = zip(found.moments.by_type, found.bins.by_type, strict=True)
        return {
            self._types[code]: Sums(m.n, str(m.total), str(m.squares), {str(bin): n for bin, n in sorted(bins.items())})
            for code, (m, bins) in enumerate(both)
        }
