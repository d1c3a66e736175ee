"""The rights of a person: to be erased, to object, to be known under several ids, and to see what is stored.

In: a user id and the request that asks. Out: receipts. An erasure holds for all ids of the person and in every
generation: a span hides everything at once, a delete under a timestamp later than any write of that time removes it,
and the fold drops what a replay or a late event would bring back. Every call can be repeated; each is audited.
"""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from api.person import MAX_IDS, checked
from api.receipts import Aliases, Audit, Erasure, Objection, remains
from api.settings import ApiSettings
from api.source import Source
from cql.people import AuditEntry, Hour, People
from udfs.errors import QueryError
from udfs.events.batch import SKEW_MS, Calendar, instant
from udfs.events.exclusion import ALWAYS_MS, Span, effective_ms, hour_of, stands


class Asking(NamedTuple):
    """Who asks: the key, and the request by which the audit can be matched with the log."""

    key_id: str
    request_id: str


class Rights:
    """Erases, keeps objections, links and unlinks ids, and audits all that.

    Every call may raise QueryError or StoreError.
    """

    def __init__(self, settings: ApiSettings, source: Source, calendar: Calendar, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        self._settings = settings
        self._source = source
        self._calendar = calendar
        self._clock = clock

    async def erase(self, user_id: str, asking: Asking) -> Erasure:
        """Forget a person under all ids, also what is yet to arrive of the time before."""
        people, now_ms = await self._source.people(), self._now_ms()
        before_ms = effective_ms(self._calendar, now_ms)
        owner, *others = await _whole(people, user_id)
        # Hidden first: if what follows fails, nothing of it is served, and the same request mends it.
        ids = [owner, *others]
        await _each(people.exclude(one, Span(ALWAYS_MS, before_ms), now_ms) for one in ids)
        generations = await people.generations()
        for one in ids:
            await _each(people.erase(one, number, before_ms) for number in generations)
        await _each(people.unlink(owner, other) for other in others)
        await self._record(people, "erase", ids, asking, now_ms)
        return Erasure(
            receipt_id=asking.request_id,
            user_ids=ids,
            asked_at=instant(now_ms),
            effective_at=instant(before_ms),
            generations=generations,
            remains=remains(self._settings.log_retention_days, self._settings.state_ttl_hours, before_ms),
        )

    async def object(self, user_id: str, asking: Asking) -> Objection:
        """Profile a person no more, from the present hour on."""
        people, now_ms = await self._source.people(), self._now_ms()
        ids = await _whole(people, user_id)
        for one in ids:
            await self._object(people, one, now_ms)
        await self._record(people, "object", ids, asking, now_ms)
        return await self.objection(user_id)

    async def withdraw(self, user_id: str, asking: Asking) -> Objection:
        """Profile a person again, from the next hour on."""
        people, now_ms = await self._source.people(), self._now_ms()
        ids = await _whole(people, user_id)
        ended_ms = effective_ms(self._calendar, now_ms)
        for one in ids:
            spans = [span for span in await people.spans(one) if not span.is_erasure]
            # Those that have an end are announced again: a call that failed half-way has told nobody but the API.
            await _each(people.exclude(one, Span(span.began_ms, span.ended_ms or ended_ms), now_ms) for span in spans)
        await self._record(people, "withdraw", ids, asking, now_ms)
        return await self.objection(user_id)

    async def objection(self, user_id: str) -> Objection:
        """Whether an objection stands, or since when evidence counts again."""
        people = await self._source.people()
        ids = await _whole(people, user_id)
        spans = [span for one in ids for span in await people.spans(one) if not span.is_erasure]
        if not spans:
            return Objection(user_id, stands=False, since=None, until=None)
        last = max(spans, key=lambda span: (span.ended_ms is None, span.began_ms))
        until = None if last.ended_ms is None else instant(last.ended_ms)
        return Objection(user_id, stands=stands(spans), since=instant(last.began_ms), until=until)

    async def aliases(self, user_id: str) -> Aliases:
        """The other ids of a person."""
        ids = await _whole(await self._source.people(), user_id)
        return Aliases(user_id, sorted({*ids} - {user_id}))

    async def link(self, user_id: str, other: str, asking: Asking) -> Aliases:
        """Let `other` be another id of the person: evidence adds up, and rights hold for both."""
        checked(other, "other")
        people = await self._source.people()
        owner, *found = await _whole(people, user_id)
        await _check_link(people, user_id, owner, other)
        if other not in found and len(found) >= MAX_IDS:
            raise QueryError(field="other", message=f"a user has at most {MAX_IDS} aliases; remove one first")
        # First: whoever objects must not be profiled under the new name, not even for a moment.
        await self._share_objection(people, [user_id, *found, other])
        await people.link(user_id, other)
        await self._record(people, "link", [user_id, other], asking, self._now_ms())
        return Aliases(user_id, sorted({*found, other}))

    async def unlink(self, user_id: str, other: str, asking: Asking) -> Aliases:
        """Let `other` be somebody else again."""
        checked(other, "other")
        people = await self._source.people()
        owner, *_ = await _whole(people, user_id)
        if other == user_id == owner:
            raise QueryError(field="other", message="must be another id than the one that is asked under")
        # Asked under an alias, `other` is the one to which it is linked, or linked to the same.
        gone = user_id if other == owner else other
        await people.unlink(owner, gone)
        await self._record(people, "unlink", [owner, gone], asking, self._now_ms())
        # Read again: a link that was made by a clock ahead of ours stays.
        return await self.aliases(user_id)

    async def audit(self, day: datetime.date) -> Audit:
        """What was done on a day (UTC)."""
        return Audit(day, await (await self._source.people()).audit(day))

    async def exported(self, user_ids: list[str], asking: Asking) -> None:
        """Keep in the audit that a person's data was handed out."""
        await self._record(await self._source.people(), "export", user_ids, asking, self._now_ms())

    async def _share_objection(self, people: People, ids: list[str]) -> None:
        """From now on, where one stands: what was counted before belonged to somebody else, as far as was known."""
        if any([stands(await people.spans(one)) for one in ids]):
            for one in ids:
                await self._object(people, one, self._now_ms())

    async def _object(self, people: People, user_id: str, now_ms: int) -> None:
        standing = [span for span in await people.spans(user_id) if span.ended_ms is None]
        # One that stands is announced again: a call that failed half-way has told nobody but the API.
        spans = standing or [Span(hour_of(self._calendar, now_ms), None)]
        await _each(people.exclude(user_id, span, now_ms) for span in spans)
        began_ms = min(span.began_ms for span in spans)
        for number in await people.generations():
            hours = {hour for hour in await people.hours(user_id, number) if hour.start_ms >= began_ms}
            if await people.shares_time_zone(number):
                hours |= self._unheard(now_ms)
            await _each(people.erase_hour(user_id, number, hour) for hour in hours)

    def _unheard(self, now_ms: int) -> set[Hour]:
        """What a worker may write that has not heard: the present hour, or from a clock that is ahead the next one.

        No other: a withdrawal may let it count.
        """
        starts = {hour_of(self._calendar, ms) for ms in (now_ms, now_ms + SKEW_MS)}
        return {Hour(self._calendar.batch(start_ms, start_ms), start_ms) for start_ms in starts}

    async def _record(self, people: People, action: str, user_ids: list[str], asking: Asking, now_ms: int) -> None:
        for place, one in enumerate(user_ids):
            # The place keeps rows of one request apart.
            at = instant(now_ms + place)
            await people.record(AuditEntry(at, asking.request_id, action, one, asking.key_id))

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)


async def _whole(people: People, user_id: str) -> list[str]:
    """All ids of a person, whichever of them is asked under: the one to which the others are linked, then those."""
    owner = await people.owner(checked(user_id))
    ids = [owner, *sorted(await people.aliases(owner))]
    # A link that was half made, or half removed, is none.
    return ids if user_id in ids else [user_id, *sorted(await people.aliases(user_id))]


async def _check_link(people: People, user_id: str, owner: str, other: str) -> None:
    """All ids are linked to one: a chain would end what an erasure reaches."""
    if other == user_id or await people.aliases(other):
        message = "must be another user without aliases of their own; link every id to the same user"
        raise QueryError(field="other", message=message)
    if owner != user_id:
        raise QueryError(field="user_id", message=f"is an alias of {owner!r}; link every id to that one")
    if await people.owner(other) not in (other, user_id):
        raise QueryError(field="other", message="is an alias of somebody else; unlink it there first")


async def _each(deeds: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*deeds)
