"""A savepoint's metadata: the next offset of each partition, found among whatever else is in them."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from flink_job.savepoint import offsets

NEVER = -(2**63)
noise = st.binary(max_size=40)


def _split(topic: str, partition: int, offset: int, stop: int = NEVER) -> bytes:
    name = topic.encode()
    return struct.pack(">H", len(name)) + name + struct.pack(">iqq", partition, offset, stop)


@given(st.dictionaries(st.integers(0, 200), st.integers(0, 2**50), max_size=6), st.lists(noise, min_size=7, max_size=7))
def test_the_offset_of_every_partition_is_found(wanted: dict[int, int], between: list[bytes]) -> None:
    entries = [_split("events", partition, offset) for partition, offset in wanted.items()]
    metadata = between[0] + b"".join(entry + rest for entry, rest in zip(entries, between[1:], strict=False))
    assert offsets(metadata, "events") == wanted


def test_another_topic_and_the_enumerators_list_are_left_alone() -> None:
    metadata = _split("events2", 0, 7) + _split("my.events", 0, 8) + _split("events", 1, -2) + _split("events", 1, 9)
    assert offsets(metadata, "events") == {1: 9}


def test_metadata_that_end_in_the_middle_of_an_entry_hold_none() -> None:
    assert offsets(_split("events", 0, 7)[:-1], "events") == {}
