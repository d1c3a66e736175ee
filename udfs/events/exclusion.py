"""Exclusions: spans of a user's time whose events do not count, because of an erasure or an objection.

In: spans and the batches or payloads of a user. Out: whether, and which of them, still count. Spans begin and end where
an hour's batch does, so a batch that arrived in time lies inside or outside as a whole; late and replayed ones are
mixed. An erasure spans everything before it takes effect, and all replayed letters of its date. An objection spans from
the hour in which it was made, and has no end while it stands. The fold, `penchant verify` and the API all ask here.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from udfs.events.batch import HOUR_MS, SKEW_MS, Batch, Calendar
from udfs.events.payload import SECOND, apart, decode, together

ALWAYS_MS = 0
"""Where the span of an erasure begins."""


class Span(NamedTuple):
    """Events that occurred from `began_ms` to before `ended_ms` do not count; an end of None lies open."""

    began_ms: int
    ended_ms: int | None

    @property
    def is_erasure(self) -> bool:
        """Whether all that was before is meant, also what arrived late."""
        return self.began_ms == ALWAYS_MS

    def covers(self, ms: int) -> bool:
        """Whether an instant lies inside."""
        return self.began_ms <= ms and (self.ended_ms is None or ms < self.ended_ms)


Spans: TypeAlias = Sequence[Span]


def stands(spans: Spans) -> bool:
    """Whether an objection stands."""
    return any(span.ended_ms is None for span in spans)


def hour_of(calendar: Calendar, ms: int) -> int:
    """When the batch of an event that occurs at `ms` begins."""
    return calendar.batch_start(calendar.batch(ms, ms))


def effective_ms(calendar: Calendar, ms: int) -> int:
    """When an erasure asked for at `ms` takes effect: the next hour after the clocks of producers have passed it."""
    return hour_of(calendar, hour_of(calendar, ms + SKEW_MS) + HOUR_MS)


def hides(spans: Spans, calendar: Calendar, batch: Batch) -> bool:
    """Whether a stored batch holds only events that do not count."""
    start, end = calendar.start(batch.day), calendar.start(batch.day + 1)
    if not batch.is_mixed:
        return any(span.covers(calendar.batch_start(batch)) for span in spans)
    if any(span.covers(start) and span.covers(end - 1) for span in spans):
        return True
    return any(_erased(span, calendar.batch_start(batch)) for span in spans)


def kept(spans: Spans, calendar: Calendar, batch: Batch, payloads: Iterable[str]) -> list[str]:
    """The payloads of a batch that count."""
    if hides(spans, calendar, batch):
        return []
    start = calendar.start(batch.day)
    return [one for one in payloads if not _excluded(spans, start + 1000 * _second(one))]


def kept_joined(spans: Spans, calendar: Calendar, batch: Batch, joined: bytes) -> bytes:
    """The same for payloads that are joined by commas; empty where none is left."""
    return together(kept(spans, calendar, batch, map(bytes.decode, apart(joined))))


def _excluded(spans: Spans, ms: int) -> bool:
    return any(span.covers(ms) for span in spans)


def _erased(span: Span, start_ms: int) -> bool:
    # Of mixed batches an erasure deletes those that begin before it: by the hour of appending, or by their date.
    return span.is_erasure and span.covers(start_ms)


def _second(payload: str) -> int:
    second = decode(payload)[SECOND]
    assert isinstance(second, int)
    return second
