"""Which date and batch an event belongs to: a pure function of the record, never of a clock or a watermark.

In: when the event occurred, when the log took it, and the catalogue's time zone. Out: a date and a batch number
inside it. An event that arrives within the horizon belongs to the hour of the day in which it occurred (0..24); a
later one to a late batch of that date, numbered by the hour in which it was appended: LATE + full hours since the
date began. A replayed dead letter belongs to a batch that its event's id names, so the same replay twice is one, and
what is replayed today cannot meet what was replayed when state has forgotten it: REPLAYED + a hash of the id.
"""

import datetime
import zlib
import zoneinfo
from typing import NamedTuple

from udfs.errors import EventRejected, Reason

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SKEW_MS = 5 * 60_000
HORIZON_MS = 6 * HOUR_MS
FILLING_MS = SKEW_MS + HOUR_MS + HORIZON_MS
"""For how long a batch fills by the log's clock: events of its hour may come too early, or late by the horizon."""
LATE = 100
REPLAYED = 1_000_000

_REPLAYED_BATCHES = 2**31 - REPLAYED
"""A batch number must fit 31 bits. Of a thousand letters of one user and date, hardly ever two share one of so many."""

_EPOCH = datetime.date(1970, 1, 1)
_QUARTER_MS = 900_000


class Batch(NamedTuple):
    """The slice of a date that one delta covers: `day` counts dates since 1970-01-01, `number` names the slice."""

    day: int
    number: int

    @property
    def date(self) -> datetime.date:
        """The calendar date."""
        return date_of(self.day)

    @property
    def is_late(self) -> bool:
        """Whether its events arrived beyond the horizon."""
        return LATE <= self.number < REPLAYED

    @property
    def is_mixed(self) -> bool:
        """Whether its events may have occurred in any hour of the date."""
        return self.number >= LATE

    @property
    def is_replayed(self) -> bool:
        """Whether its events are replayed dead letters."""
        return self.number >= REPLAYED


class Calendar:
    """Where days begin in one time zone. Remembers what it has worked out, as zone arithmetic is slow."""

    def __init__(self, time_zone: str) -> None:
        """`time_zone` is an IANA name."""
        self._zone = zoneinfo.ZoneInfo(time_zone)
        self._days: dict[int, tuple[int, int]] = {}
        self._starts: dict[int, int] = {}

    def day(self, ms: int) -> tuple[int, int]:
        """The date that holds instant `ms`, in days since 1970-01-01, and the instant in ms when it began."""
        # All zones change at full quarters of an hour, so one answer serves a quarter.
        quarter = ms // _QUARTER_MS
        found = self._days.get(quarter)
        if found is None:
            local = datetime.datetime.fromtimestamp(quarter * _QUARTER_MS / 1000, self._zone).date()
            day = (local - _EPOCH).days
            found = self._days[quarter] = (day, self.start(day))
        return found

    def date(self, ms: int) -> datetime.date:
        """The date that holds instant `ms`."""
        return date_of(self.day(ms)[0])

    def start(self, day: int) -> int:
        """The instant in ms since the epoch when date `day` begins."""
        found = self._starts.get(day)
        if found is None:
            midnight = datetime.datetime.combine(date_of(day), datetime.time(), self._zone)
            found = self._starts[day] = round(midnight.timestamp() * 1000)
        return found

    def batch(self, occurred_ms: int, append_ms: int) -> Batch:
        """The batch of an event that occurred and was appended at these instants."""
        day, start = self.day(occurred_ms)
        if append_ms - occurred_ms <= HORIZON_MS:
            return Batch(day, (occurred_ms - start) // HOUR_MS)
        return Batch(day, LATE + (append_ms - start) // HOUR_MS)

    def replayed(self, occurred_ms: int, event_id: str) -> Batch:
        """The batch of a replayed dead letter."""
        return Batch(self.day(occurred_ms)[0], REPLAYED + zlib.crc32(event_id.encode()) % _REPLAYED_BATCHES)

    def batch_start(self, batch: Batch) -> int:
        """The instant in ms when the batch's hour begins: of occurrence, or of appending for a late batch.

        For replayed dead letters it is the beginning of their date, so that an erasure within it deletes them all.
        """
        if batch.is_replayed:
            return self.start(batch.day)
        hours = batch.number - LATE if batch.is_late else batch.number
        return self.start(batch.day) + hours * HOUR_MS

    def is_whole(self, batch: Batch, since_ms: int) -> bool:
        """Whether whoever reads the log from append time `since_ms` on meets all records of the batch.

        Of replayed dead letters that is taken for granted: they can be replayed again.
        """
        skew_ms = 0 if batch.is_late else SKEW_MS
        return batch.is_replayed or self.batch_start(batch) - skew_ms >= since_ms


def instant(ms: int) -> datetime.datetime:
    """Milliseconds since the epoch as an instant in UTC."""
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC)


def date_of(day: int) -> datetime.date:
    """The calendar date that lies `day` days after 1970-01-01."""
    return datetime.date.fromordinal(_EPOCH.toordinal() + day)


def day_of(date: datetime.date) -> int:
    """Days from 1970-01-01 to `date`: the inverse of `date_of`."""
    return date.toordinal() - _EPOCH.toordinal()


def check_lateness(occurred_ms: int, append_ms: int, retention_ms: int, first_ms: int | None = None) -> None:
    """Refuse an event from the future or from before the retention. Raises EventRejected.

    `first_ms`: when the log took a replayed record for the first time; a replay makes no future out of it.
    """
    taken_ms = append_ms if first_ms is None else first_ms
    if occurred_ms > taken_ms + SKEW_MS:
        ahead = (occurred_ms - taken_ms) / 1000
        detail = f"occurred_at lies {ahead:.0f} s after the log took the event; mend the producer's clock"
        raise EventRejected(Reason.FROM_THE_FUTURE, detail)
    if append_ms - occurred_ms > retention_ms:
        age = (append_ms - occurred_ms) / DAY_MS
        detail = f"occurred_at lies {age:.0f} days back; only {retention_ms // DAY_MS} are kept"
        raise EventRejected(Reason.EXPIRED, detail)
