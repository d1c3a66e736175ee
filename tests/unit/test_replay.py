"""Replayed dead letters: their batch is a function of the record itself, so the same replay twice is one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE, NOON_MS

from cql.layers import Generation
from flink_job.letter import distinct, letter
from flink_job.replay import Crowd, foreign, parted, unfit
from udfs.errors import EventRejected, Reason
from udfs.events.batch import DAY_MS, HOUR_MS, Calendar
from udfs.events.event import Compact, Decoder
from udfs.events.record import Origin, Record, origin
from udfs.statistics.fold import MAX_EVENTS

DECODE = Decoder(GARAGE, 60).decode
EVENT = {"event_id": "e", "user_id": "ann", "type": "view", "occurred_at": "2026-11-20T11:00:00Z", "item": {"id": "i"}}
VALUE = msgspec.json.encode(EVENT)
origins = st.builds(
    Origin, st.integers(0, 4_095), st.integers(0, 5 * 10**11 - 1), st.integers(0, 2**42), st.integers(0, 9)
)


def _replayed(hours: float, first: bytes, value: bytes = VALUE) -> Compact:
    return DECODE(Record(NOON_MS + round(hours * HOUR_MS), 0, 9, b"ann", value, first))


@given(st.floats(0, 1_000), st.floats(0, 1_000))
def test_a_record_replayed_twice_hours_apart_is_one_event(first: float, second: float) -> None:
    where = Origin(1, 17, NOON_MS).header()
    assert _replayed(first, where) == _replayed(second, where)


def test_a_record_that_was_produced_twice_and_refused_twice_is_one_event_when_both_are_replayed() -> None:
    assert _replayed(1, Origin(0, 17, NOON_MS).header()) == _replayed(1, Origin(1, 2 * 10**9, NOON_MS).header())


def test_letters_of_one_user_and_date_that_are_replayed_days_apart_do_not_share_a_row() -> None:
    """State has forgotten the first by then, so the second would overwrite it."""
    calendar = Calendar("UTC")
    assert len({calendar.replayed(NOON_MS, f"event-{number}") for number in range(1_000)}) == 1_000


@given(st.text(min_size=1, max_size=128).filter(lambda text: text.isprintable()))
def test_a_batch_of_a_replay_begins_with_its_date_and_fits_the_store(event_id: str) -> None:
    calendar = Calendar("UTC")
    batch = calendar.replayed(NOON_MS, event_id)
    assert batch.is_replayed
    assert not batch.is_late
    assert batch.number < 2**31
    assert calendar.batch_start(batch) == calendar.start(batch.day) < NOON_MS


def test_a_replay_makes_no_future_and_no_retention_out_of_what_had_none() -> None:
    with pytest.raises(EventRejected) as future:
        _replayed(1, Origin(0, 1, NOON_MS - 2 * HOUR_MS).header())
    with pytest.raises(EventRejected) as expired:
        _replayed(61 * 24, Origin(0, 1, NOON_MS).header())
    assert (future.value.reason, expired.value.reason) == (Reason.FROM_THE_FUTURE, Reason.EXPIRED)
    assert _replayed(59 * 24, Origin(0, 1, NOON_MS).header()).batch.day == NOON_MS // DAY_MS


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_an_origin_after_the_record_itself_is_refused_and_no_later_time_with_it(zone: str) -> None:
    """It would let in an event of a year that no calendar has."""
    decode = Decoder(msgspec.structs.replace(GARAGE, time_zone=zone), 60).decode
    value = msgspec.json.encode(EVENT | {"occurred_at": "9999-12-31T23:59:59Z"})
    with pytest.raises(EventRejected, match="only a replay sets it"):
        decode(Record(NOON_MS, 0, 9, b"ann", value, Origin(0, 0, 10**18 - 1).header()))


@given(origins)
def test_an_origin_is_read_as_it_was_written(one: Origin) -> None:
    assert origin(one.header()) == one


@pytest.mark.parametrize(
    "header", [b"", b"1:2", b"1:2:x", b"-1:2:3", b"1:2:3:4:5", b"1:2:3:x", b"\xff", b"1:2:" + b"9" * 40]
)
def test_a_header_that_is_no_origin_is_refused(header: bytes) -> None:
    with pytest.raises(EventRejected, match="only a replay sets it"):
        _replayed(0, header)


def test_a_letter_of_a_replay_is_replayed_from_where_it_stood_first() -> None:
    first = letter(Reason.UNKNOWN_TYPE, "no", Record(NOON_MS, 1, 17, b"ann", VALUE))
    again = letter(Reason.UNKNOWN_TYPE, "no", Record(NOON_MS + 5, 1, 90, b"ann", VALUE, first.first.header()))
    assert first.first == again.first == Origin(1, 17, NOON_MS)
    assert again.name == "1:90"


def test_a_replay_from_before_generations_were_told_apart_counts_in_every_one() -> None:
    assert origin(b"1:17:5") == Origin(1, 17, 5, generation=0)


@pytest.mark.parametrize(
    ("reason", "generation"), [(Reason.UNKNOWN_TYPE, 3), (Reason.CAPPED, 0), (Reason.NO_APPEND_TIME, 0)]
)
def test_a_replay_is_for_the_generation_that_refused_the_record_unless_all_do(reason: Reason, generation: int) -> None:
    found = letter(reason, "no", Record(NOON_MS, 1, 17, b"ann", VALUE))
    assert found.replayed(3) == Origin(1, 17, NOON_MS, generation)


def test_a_replay_for_one_generation_that_is_capped_there_stays_with_that_generation() -> None:
    replayed = Record(NOON_MS, 1, 90, b"ann", VALUE, Origin(1, 17, NOON_MS, 3).header())
    assert letter(Reason.CAPPED, "no", replayed).replayed(3) == Origin(1, 17, NOON_MS, 3)


def test_a_replay_for_another_generation_is_not_replayed_again() -> None:
    record = Record(NOON_MS, 1, 90, b"ann", VALUE, Origin(1, 17, NOON_MS, 3).header())
    assert unfit(letter(Reason.OTHER_GENERATION, "no", record))
    assert not unfit(letter(Reason.UNKNOWN_TYPE, "no", record))


def test_of_one_user_only_so_many_letters_are_replayed_as_a_profile_may_read() -> None:
    found = [letter(Reason.CAPPED, "no", Record(1, 0, number, b"crawler", b"")) for number in range(MAX_EVENTS + 2)]
    other = letter(Reason.CAPPED, "no", Record(1, 0, MAX_EVENTS + 9, b"ann", b""))
    sent, left = parted([*found, other], [Crowd()])
    assert sent == [*found[:MAX_EVENTS], other]
    assert left == {"more than 5,000 of one user": 2}


def test_copies_of_a_letter_are_one_for_each_generation() -> None:
    some = [letter(Reason.NO_KEY, "no", Record(1, 0, n % 3, None, VALUE), 1 + n // 6) for n in range(9)]
    assert [(one.offset, one.generation) for one in distinct(some)] == [(n % 3, 1 + n // 3) for n in range(6)]


LINEAGE = [
    Generation(number=3, parent=2, since_ms=NOON_MS),
    Generation(number=2, parent=1, since_ms=9),
    Generation(number=1),
]


@pytest.mark.parametrize(("append_ms", "decides"), [(NOON_MS, 3), (NOON_MS - 1, 2), (9, 2), (8, 1), (-1, 1)])
@pytest.mark.parametrize("refused_by", [None, 1, 2, 3, 4])
def test_a_letter_is_replayed_if_the_generation_refused_it_that_first_meets_its_record(
    append_ms: int, decides: int, refused_by: int | None
) -> None:
    """Generation 3 lies over 2 and 1, and each has begun at another time. Letters of earlier builds do not tell."""
    found = letter(Reason.UNKNOWN_TYPE, "no", Record(append_ms, 1, 17, b"ann", VALUE), refused_by)
    sent, left = parted([found], [foreign(LINEAGE)])
    assert (sent, left.total()) == (([found], 0) if refused_by == decides else ([], 1))


def test_a_record_that_no_generation_below_has_met_counts_only_by_a_replay() -> None:
    found = letter(Reason.UNKNOWN_TYPE, "no", Record(NOON_MS - 1, 1, 17, b"ann", VALUE))
    assert parted([found], [foreign(LINEAGE[:1])]) == ([found], {})


def test_a_record_that_two_generations_have_refused_is_sent_once_and_not_left_as_well() -> None:
    both = [letter(Reason.UNKNOWN_TYPE, "no", Record(NOON_MS, 1, 17, b"ann", VALUE), number) for number in (1, 3)]
    for some in (both, both[::-1]):
        assert parted(some, [foreign(LINEAGE)]) == ([both[1]], {})
        assert len(parted(some, [])[0]) == 1
