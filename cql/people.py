"""What is kept of a person beside the deltas: exclusions, aliases, who did what to them; and how a person is erased.

In: user ids. Out: spans that do not count, other ids, everything that is stored. Every call may raise StoreError.
"""

import asyncio
import datetime
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from cql import statement
from cql.answer import Row
from cql.reader import batch_row, milliseconds
from cql.rows import BatchRow, column
from cql.store import Prepared, Store, date
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import DAY_MS, HOUR_MS, Batch, date_of, day_of
from udfs.events.exclusion import Span


class AuditEntry(msgspec.Struct, frozen=True):
    """One deed: `action` was done to `user_id` with the key `key_id`."""

    at: datetime.datetime
    request_id: str
    action: str
    user_id: str
    key_id: str


class Hour(NamedTuple):
    """A batch of events that came in time, and the instant in ms when its hour began."""

    batch: Batch
    start_ms: int


class People:
    """The people of one keyspace, in every generation."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        """`store` must be open and migrated."""
        self._store = store
        self._catalogue = catalogue
        self._names = catalogue.names
        self._columns = ", ".join(map(column, self._names))
        self._known: dict[str, Prepared] = {}
        self._spans = store.prepare(statement("read_exclusions"))
        self._aliases = store.prepare(statement("read_aliases"))

    async def spans(self, user_id: str) -> list[Span]:
        """When the user's events do not count."""
        return [_span(*row) for row in await self._store.run(self._spans, (user_id,))]

    async def exclude(self, user_id: str, span: Span, made_ms: int) -> None:
        """Let events of a span not count from now on; a span that begins at the same instant is replaced.

        Where the second write fails the span holds, but a running job has not heard of it; call again.
        """
        await self._run("write_exclusion", user_id, *span)
        day = date_of(made_ms // DAY_MS)
        await self._run("write_exclusion_made", day, made_ms, user_id, *span)

    async def excluded_since(self, made_ms: int, now_ms: int) -> list[tuple[str, Span]]:
        """The spans that were made from `made_ms` to `now_ms`, in order; it reaches back a week."""
        days = [date_of(day) for day in range(made_ms // DAY_MS, now_ms // DAY_MS + 1)]
        answers = [await self._run("read_exclusions_made", day, made_ms) for day in days]
        return [(user_id, _span(*span)) for rows in answers for user_id, *span in rows]

    async def aliases(self, user_id: str) -> list[str]:
        """Other ids of the same person."""
        return [other for (other,) in await self._store.run(self._aliases, (user_id,))]

    async def owner(self, user_id: str) -> str:
        """The user of whom this is another id; of any other user itself."""
        rows = await self._run("read_owner", user_id)
        return str(rows[0][0]) if rows else user_id

    async def link(self, user_id: str, other: str) -> None:
        """Let `other` be another id of the user."""
        await self._run("write_alias", user_id, other)
        await self._run("write_owner", other, user_id)

    async def unlink(self, user_id: str, other: str) -> None:
        """Let it not be any more."""
        if await self.owner(other) == user_id:
            await self._run("delete_owner", other)
        await self._run("delete_alias", user_id, other)

    async def generations(self) -> list[int]:
        """Every generation that a job has ever written."""
        rows = await self._run("list_generations")
        return sorted(generation for (generation,) in rows)

    async def shares_time_zone(self, generation: int) -> bool:
        """Whether a generation's dates and hours are known to be the catalogue's."""
        return self._catalogue.shares_time_zone(dict(await self._run("read_dimensions", generation)))

    async def erase(self, user_id: str, generation: int, before_ms: int) -> None:
        """Delete all rows whose batch begins before an instant, also those that a replay will write again."""
        await self._run("erase_user", before_ms * 1000 - 1, user_id, generation)

    async def erase_hour(self, user_id: str, generation: int, hour: Hour) -> None:
        """Delete the row of an hour, also when it is written again."""
        until_us = (hour.start_ms + HOUR_MS) * 1000 - 1
        values = (until_us, user_id, generation, hour.batch.date, hour.batch.number)
        await self._run("erase_batch", *values)

    async def hours(self, user_id: str, generation: int) -> list[Hour]:
        """The hours of which a user has rows, whatever the time zone of the generation."""
        rows = await self._run("read_hours", user_id, generation)
        # A row is stamped with the beginning of its hour and its version: see `cql.rows.Layout`.
        found = [Hour(Batch(day_of(date(day)), number), (us - version) // 1000) for day, number, version, us in rows]
        return [hour for hour in found if not hour.batch.is_mixed]

    async def stored(self, user_id: str, generation: int) -> list[BatchRow]:
        """Every row of a user, with all of the catalogue's cells."""
        rows = await self._run("read_user", user_id, generation)
        return [batch_row(row, self._names) for row in rows]

    async def record(self, entry: AuditEntry) -> None:
        """Keep who did what."""
        values = (entry.at.date(), entry.at, entry.request_id, entry.action, entry.user_id, entry.key_id)
        await self._run("write_audit", *values)

    async def audit(self, day: datetime.date) -> list[AuditEntry]:
        """What was done on a day (UTC), in order."""
        rows = await self._run("read_audit", day)
        return [AuditEntry(row[0].replace(tzinfo=datetime.UTC), *row[1:]) for row in rows]

    async def _run(self, name: str, *values: object) -> list[Row]:
        # Prepared beside the event loop, which must not wait.
        prepared = self._known.get(name) or await asyncio.to_thread(self._prepare, name)
        return await self._store.run(prepared, values)

    def _prepare(self, name: str) -> Prepared:
        found = self._known[name] = self._store.prepare(statement(name, columns=self._columns))
        return found


def exclusions(store: Store) -> Iterator[tuple[str, Span]]:
    """The spans of everybody."""
    for user_id, *span in store.scan(store.prepare(statement("scan_exclusions"))):
        yield user_id, _span(*span)


def erasures(store: Store) -> Iterator[tuple[str, int]]:
    """Every erased user, and the instant in ms before which nothing of them may be stored."""
    for user_id, span in exclusions(store):
        if span.is_erasure and span.ended_ms is not None:
            yield user_id, span.ended_ms


def _span(began: datetime.datetime, ended: datetime.datetime | None) -> Span:
    return Span(milliseconds(began), None if ended is None else milliseconds(ended))
