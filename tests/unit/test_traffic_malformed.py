"""Malformed records: each way is refused for its own reason."""

from itertools import islice

import msgspec
import pytest

from flink_job.local.traffic.items import load
from flink_job.local.traffic.malformed import Malformed, ways
from flink_job.local.traffic.message import Message
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.catalogue import load as load_catalogue
from udfs.errors import EventRejected, Reason
from udfs.events.event import Decoder
from udfs.events.record import Record

NOW = 1_790_000_000.0


@pytest.fixture(scope="module", params=["cars", "films"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return load_catalogue(request.param)


@pytest.fixture(scope="module")
def good(catalogue: Catalogue) -> Message:
    return next(Stream(load(catalogue, drawn=200), Traffic(users=8), lambda: NOW))


def test_every_way_is_refused_for_its_own_reason(catalogue: Catalogue, good: Message) -> None:
    for reason, variants in ways(catalogue).items():
        for way in variants:
            assert _reason(catalogue, way(msgspec.json.decode(good.value or b""))) is reason


def test_eight_in_a_row_show_all_eight_reasons(catalogue: Catalogue, good: Message) -> None:
    malformed = Malformed(catalogue)
    spoiled = [malformed.spoil(msgspec.json.decode(good.value or b"")) for _ in range(8)]
    assert len({reason for reason, _ in spoiled}) == len(ways(catalogue)) == 8
    assert [_reason(catalogue, message) for _, message in spoiled] == [reason for reason, _ in spoiled]


def test_a_stream_with_disorder_is_refused_exactly_where_it_was_spoiled(catalogue: Catalogue) -> None:
    traffic = Traffic(users=40, duplicates=0.05, malformed=0.05, out_of_order=0.05, late=0.05, crawlers=1)
    stream = Stream(load(catalogue, drawn=500), traffic, lambda: NOW)
    reasons = [_reason(catalogue, message) for message in islice(stream, 4000)]
    refused = [f"malformed.{reason}" for reason in reasons if reason]
    assert {name: refused.count(name) for name in set(refused)} == {
        name: count for name, count in stream.tally.items() if name.startswith("malformed.")
    }


def _reason(catalogue: Catalogue, message: Message) -> Reason | None:
    try:
        Decoder(catalogue, 60).decode(Record(round(NOW * 1000), 0, 0, message.key, message.value))
    except EventRejected as rejected:
        return rejected.reason
    return None
