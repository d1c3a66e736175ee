"""The deltas of persons: read under all ids of one person, without what an erasure or an objection excludes.

In: ids of one person. Out: rows that count. It stands between questions and store, so that no question can forget it.
"""

import asyncio
import datetime
from asyncio import Future
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from api.metrics import ROWS_READ
from api.source import Source
from cql.layers import Layers
from cql.people import People
from cql.rows import BatchRow
from udfs.errors import ObjectionStands
from udfs.events.batch import Batch, Calendar, day_of
from udfs.events.exclusion import Spans, hides, stands

Rows = list[BatchRow]


class Asked(NamedTuple):
    """What is read: layers, dates and dimensions."""

    layers: Layers
    first: datetime.date
    last: datetime.date
    dimensions: Sequence[str]


class Persons:
    """Reads the rows of a person under all ids, without what is excluded."""

    def __init__(self, source: Source, calendar: Calendar) -> None:
        """`calendar` of the catalogue's time zone."""
        self._source = source
        self._calendar = calendar

    async def batches(
        self, layers: Layers, ids: Sequence[str], first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        """The rows of all these ids and their aliases. Raises ObjectionStands or StoreError."""
        people, asked = await self._source.people(), Asked(layers, first, last, dimensions)
        # Most persons have one id: the rows of ids that are named are read while others are looked for.
        rows, linked = await asyncio.gather(self._all(people, ids, asked), asyncio.gather(*map(people.aliases, ids)))
        more = await self._all(people, sorted(set(chain(*linked)).difference(ids)), asked)
        found = list(chain(*rows, *more))
        ROWS_READ.observe(len(found))
        return found

    def counting(self, rows: Rows, spans: Spans) -> Rows:
        """The rows that hold something that counts."""
        if not spans:
            return rows
        return [row for row in rows if not hides(spans, self._calendar, Batch(day_of(row.date), row.batch))]

    def _all(self, people: People, ids: Iterable[str], asked: Asked) -> Future[list[Rows]]:
        return asyncio.gather(*(self._rows(people, one, asked) for one in ids))

    async def _rows(self, people: People, user_id: str, asked: Asked) -> Rows:
        spans, rows = await asyncio.gather(
            people.spans(user_id), self._source.batches(user_id=user_id, **asked._asdict())
        )
        if stands(spans):
            message = "the user has objected to profiling; DELETE .../objection withdraws the objection"
            raise ObjectionStands(message)
        return self.counting(rows, spans)
