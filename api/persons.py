"""The deltas of persons: read under all ids of one person, without what an erasure or an objection excludes.

In: a user id. Out: rows that count. It stands between the questions and the store, so no question can forget it.
"""

import asyncio
import datetime
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from api.connection import Source
from api.metrics import ROWS_READ
from cql.layers import Generation, InForce, Layers
from cql.people import People
from cql.rows import BatchRow, Progress
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
    """A `Deltas` in front of another one."""

    def __init__(self, source: Source, calendar: Calendar) -> None:
        """`calendar` of the catalogue's time zone."""
        self._source = source
        self._calendar = calendar

    async def batches(
        self, layers: Layers, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        """The person's rows. Raises ObjectionStands or StoreError."""
        people, asked = await self._source.people(), Asked(layers, first, last, dimensions)
        # Most users have one id: their rows are read while others are looked for.
        rows, others = await asyncio.gather(self._rows(people, user_id, asked), people.aliases(user_id))
        more = await asyncio.gather(*(self._rows(people, other, asked) for other in others))
        found = list(chain(rows, *more))
        ROWS_READ.observe(len(found))
        return found

    async def progress(self, generation: int) -> list[Progress]:
        """See `Deltas`."""
        return await self._source.progress(generation)

    async def in_force(self) -> InForce | None:
        """See `Deltas`."""
        return await self._source.in_force()

    async def generations(self) -> dict[int, Generation]:
        """See `Deltas`."""
        return await self._source.generations()

    async def priors_in_force(self) -> str | None:
        """See `Deltas`."""
        return await self._source.priors_in_force()

    async def priors(self, version: str) -> str:
        """See `Deltas`."""
        return await self._source.priors(version)

    async def user_after(self, layers: Layers, place: int) -> str | None:
        """See `Deltas`."""
        return await self._source.user_after(layers, place)

    def counting(self, rows: Rows, spans: Spans) -> Rows:
        """The rows that hold something that counts."""
        if not spans:
            return rows
        return [row for row in rows if not hides(spans, self._calendar, Batch(day_of(row.date), row.batch))]

    async def _rows(self, people: People, user_id: str, asked: Asked) -> Rows:
        spans, rows = await asyncio.gather(
            people.spans(user_id), self._source.batches(user_id=user_id, **asked._asdict())
        )
        if stands(spans):
            message = "the user has objected to profiling; DELETE .../objection withdraws the objection"
            raise ObjectionStands(message)
        return self.counting(rows, spans)
