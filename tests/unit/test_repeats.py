"""Of capped letters those are repeats whose events are among the first of their batch, and only those."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from strategies import GARAGE, NOON_MS

from flink_job.letter import Letter, letter
from flink_job.repeats import repeats
from udfs.errors import Reason
from udfs.events.event import Decoder
from udfs.events.record import Record
from udfs.statistics.fold import MAX_EVENTS

LATER_MS = 3_600_000


class HeldLog:
    def __init__(self, records: Iterable[Record]) -> None:
        self._records = list(records)

    def records(self, ends: Mapping[int, int]) -> Iterator[Record]:
        return (one for one in self._records if one.offset < ends.get(one.partition, 0))


def sent(ids: Iterable[object], *, first: int = 0, append_ms: int = NOON_MS, user: str = "bot") -> list[Record]:
    """A record for each id, one after another in the log."""
    good = {"user_id": user, "type": "view", "occurred_at": "2026-11-20T11:00:00Z", "item": {"id": "car"}}
    values = (msgspec.json.encode(good | {"event_id": f"event {one}"}) for one in ids)
    return [Record(append_ms, 0, first + n, user.encode(), value) for n, value in enumerate(values)]


def left(records: Iterable[Record], capped: list[Record]) -> list[int]:
    """The offsets of capped records that are repeats."""
    letters: list[Letter] = [letter(Reason.CAPPED, "no", one, 1) for one in capped]
    objection = repeats(letters, HeldLog(records), Decoder(GARAGE, 60))  # type: ignore[arg-type]
    return [one.offset for one in letters if objection(one)]


def test_a_file_that_is_sent_twice_leaves_no_capped_event_to_be_counted_again() -> None:
    log = sent([*range(3_000), *range(3_000)])
    assert left(log, log[MAX_EVENTS:]) == list(range(MAX_EVENTS, 6_000))


def test_an_event_that_does_not_count_is_no_repeat_of_one() -> None:
    log = sent([*range(MAX_EVENTS), "new", "new", 0])
    assert left(log, log[MAX_EVENTS:]) == [MAX_EVENTS + 2]
    assert left(log, [log[MAX_EVENTS + 1]]) == [], "the one before it is capped as well"


def test_an_event_of_another_batch_or_user_is_another_event() -> None:
    late = sent([7], append_ms=NOON_MS + 7 * LATER_MS)
    other = sent([8], first=1, user="ann")
    log = [*late, *other, *sent([*range(100, MAX_EVENTS + 100), 7, 8], first=2)]
    assert left(log, log[-2:]) == []


def test_where_the_log_has_no_more_than_the_capped_ones_it_cannot_tell() -> None:
    capped = sent([1, 1, 2], first=MAX_EVENTS)
    assert left(capped, capped) == []
