"""Dead letters: the reason and the original bytes, through JSON and back."""

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metered import Metered
from pyflink.common import Row

from flink_job.letter import MAX_CARRIED_BYTES, Letter, letter, letters
from flink_job.letters import WriteLetter
from flink_job.reporting import reason_of
from flink_job.settings import MAX_EVENT_BYTES, MAX_LETTER_BYTES
from udfs.errors import EventRejected, Reason
from udfs.events.record import Record, origin

contents = st.none() | st.binary(max_size=60)


@given(st.builds(Record, st.integers(-1, 2**42), st.integers(0, 9), st.integers(0, 2**60), contents, contents))
def test_a_letter_carries_its_record_through_json(record: Record) -> None:
    sent = letter(Reason.NOT_JSON, "no", record)
    read = msgspec.json.decode(sent.json(), type=Letter)
    assert read == sent
    assert Record(read.append_ms, read.partition, read.offset, read.key, read.value) == record


@given(st.text(st.characters(exclude_categories=["Cs"])), contents)
def test_the_job_lays_out_the_same_letter_from_the_columns_of_a_record(detail: str, value: bytes | None) -> None:
    record = Record(7, 1, 2, b"user", value)
    step = WriteLetter(3)
    step.open(Metered())
    written = step.map(Row("wrong_shape", detail, 7, 1, 2, b"user", value, None))
    assert written == letter(Reason.WRONG_SHAPE, detail, record, 3).json()


@pytest.mark.parametrize("foreign", [None, b"", b"{}", b'{"reason":"\xff"}', b"[" * 100_000, b'{"reason":"no_key"}'])
def test_what_others_write_to_the_rejected_topic_is_passed_over(foreign: bytes | None) -> None:
    ours = letter(Reason.NO_KEY, "no", Record(7, 1, 2, None, b"value"))
    found = letters(Record(8, 0, number, None, value) for number, value in enumerate((foreign, ours.json().encode())))
    assert list(found) == [ours]


@pytest.mark.parametrize("foreign", [b"", b'{"reason":"\xff"}', b"[" * 100_000, b'{"reason":7}'])
def test_what_others_write_to_the_rejected_topic_is_counted_as_unreadable(foreign: bytes) -> None:
    assert reason_of(foreign) == "unreadable"


def test_anyone_can_read_a_letter_with_json_and_base64() -> None:
    read = json.loads(letter(Reason.NO_KEY, "the record has no key", Record(7, 1, 2, None, b"\xff\x00"), 3).json())
    assert read == {
        "reason": "no_key",
        "detail": "the record has no key",
        "append_ms": 7,
        "partition": 1,
        "offset": 2,
        "key": None,
        "value": base64.b64encode(b"\xff\x00").decode(),
        "generation": 3,
    }


@pytest.mark.parametrize("key", [0, 10**6, 2 * 10**7])
@pytest.mark.parametrize("value", [0, 10**6, 2 * 10**7])
@pytest.mark.parametrize("origin", [0, 10**6])
def test_whatever_is_sent_its_letter_is_one_that_the_rejected_topic_takes(key: int, value: int, origin: int) -> None:
    """Kafka's own around it take 100 bytes; a byte of a header may become six of JSON."""
    record = Record(2**42, 2**31 - 1, 2**62, b"u" * key, b"v" * value, b"\x01" * origin)
    assert len(letter(Reason.TOO_LARGE, "d" * 1000, record).json()) < MAX_LETTER_BYTES - 100


def test_the_largest_record_that_kafka_takes_by_default_is_whole_in_its_letter() -> None:
    record = Record(7, 1, 2, b"u" * (MAX_EVENT_BYTES // 2), b"v" * (MAX_EVENT_BYTES // 2))
    made = letter(Reason.TOO_LARGE, "no", record)
    assert (made.key, made.value, made.is_cut) == (record.key, record.value, False)


def test_a_letter_that_is_cut_says_so_and_of_how_many_bytes() -> None:
    value = b"v" * MAX_CARRIED_BYTES
    read = json.loads(letter(Reason.TOO_LARGE, "no", Record(7, 1, 2, b"ann", value)).json())
    assert read["length"] == MAX_CARRIED_BYTES + 3
    assert base64.b64decode(read["key"]) == b"ann"
    assert base64.b64decode(read["value"]) == value[:-3]


def test_an_origin_that_is_none_is_refused_by_what_a_letter_keeps_of_it() -> None:
    header = b"1:17:5:" + b"0" * 500
    kept = letter(Reason.WRONG_SHAPE, "no", Record(7, 1, 2, b"ann", b"{}", header)).origin
    assert kept is not None
    with pytest.raises(EventRejected, match="only a replay sets it"):
        origin(kept.encode("latin-1"))
