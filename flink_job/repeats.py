"""Repeats among capped letters: their events count already, and a replay would count them once more.

In: capped letters, and the log, of which the records of their users are decoded. Out: an objection to the letters whose
event is among the first records of its batch. Where the log no longer has those, it cannot tell.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cql.rows import BatchKey
from flink_job.letter import Letter
from flink_job.log import Log
from flink_job.replay import Objection
from udfs.errors import EventRejected
from udfs.events.event import Decoder
from udfs.events.payload import ID, decode
from udfs.events.record import Record
from udfs.statistics.fold import MAX_EVENTS


class _Event(NamedTuple):
    batch: BatchKey
    event_id: str


def repeats(capped: Sequence[Letter], log: Log, decoder: Decoder) -> Objection:
    """Reads the log up to the last of these letters' records. Raises LogUnavailable."""
    events = {one.refused: event for one in capped if (event := _event(one.record, decoder))}
    counted = set(_counted(set(events.values()), _others(capped, log), decoder))
    return lambda letter: "repeats of events that count" if events.get(letter.refused) in counted else ""


def _others(capped: Sequence[Letter], log: Log) -> Iterator[Record]:
    """Records of the same users that are none of these."""
    users, places = {one.key for one in capped}, {(one.partition, one.offset) for one in capped}
    ends: dict[int, int] = {}
    for partition, offset in places:
        ends[partition] = max(offset, ends.get(partition, 0))
    for record in log.records(ends):
        if record.key in users and (record.partition, record.offset) not in places:
            yield record


def _counted(sought: set[_Event], records: Iterable[Record], decoder: Decoder) -> Iterator[_Event]:
    """Those events that are among the records that count of their batch."""
    batches, places = {event.batch for event in sought}, Counter[BatchKey]()
    for record in records:
        event = _event(record, decoder)
        if event is not None and event.batch in batches:
            places[event.batch] += 1
            if event in sought and places[event.batch] <= MAX_EVENTS:
                yield event


def _event(record: Record, decoder: Decoder) -> _Event | None:
    try:
        found = decoder.decode(record)
    except EventRejected:
        return None
    return _Event(BatchKey(found.user_id, found.batch), decode(found.payload)[ID])
