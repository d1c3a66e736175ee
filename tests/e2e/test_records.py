"""Records that are no events, come twice or in any order, or tell a wrong time: each counts once or has its letter."""

import random
import time
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice

import pytest
from confluent_kafka import Producer
from records import ago, event, message, with_item
from running import DISORDER, assert_exact, job_id, job_name, own_job, prepare, produce, rows, running, traffic, until

from cql.rows import StoredRow
from flink_job.letter import Letter, carried, distinct, letters
from flink_job.local import flink
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.message import Message
from flink_job.log import Log
from flink_job.settings import MAX_EVENT_BYTES, JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import Reason
from udfs.events.record import ORIGIN_HEADER

CARS = load("cars")
HORIZON_H = 6.0

POISON: dict[str, tuple[Message, Reason]] = {
    "bad JSON": (Message(b"p", b'{"event_id": '), Reason.NOT_JSON),
    "no JSON object": (Message(b"p", b"[1, 2]"), Reason.WRONG_SHAPE),
    "nothing": (Message(b"p", b""), Reason.NOT_JSON),
    "JSON's null": (Message(b"p", b"null"), Reason.WRONG_SHAPE),
    "no value": (Message(b"p", None), Reason.NO_VALUE),
    "no key": (message(event("p", 1))._replace(key=None), Reason.NO_KEY),
    "an empty key": (message(event("p", 1))._replace(key=b""), Reason.NO_KEY),
    "a foreign key": (message(event("p", 1))._replace(key=b"q"), Reason.FOREIGN_KEY),
    "a number for an id": (message(event("p", 1, event_id=17)), Reason.WRONG_SHAPE),
    "an event id of nothing": (message(event("p", 1, event_id="")), Reason.WRONG_SHAPE),
    "a list for an item": (message(event("p", 1, item=[])), Reason.WRONG_SHAPE),
    "a time without zone": (message(event("p", 1, occurred_at="2026-11-20T11:00:00")), Reason.WRONG_SHAPE),
    "NaN": (with_item("p", b'{"id": "i", "price_eur": NaN}'), Reason.NOT_JSON),
    "plus infinity": (with_item("p", b'{"id": "i", "price_eur": Infinity}'), Reason.NOT_JSON),
    "minus infinity": (with_item("p", b'{"id": "i", "price_eur": -Infinity}'), Reason.NOT_JSON),
    "beyond the floats": (with_item("p", b'{"id": "i", "price_eur": 1e999}'), Reason.WRONG_SHAPE),
    "a huge float": (with_item("p", b'{"id": "i", "price_eur": 1e300}'), Reason.BAD_ATTRIBUTE),
    "a huge integer": (with_item("p", b'{"id": "i", "price_eur": 1%s}' % (b"0" * 400)), Reason.BAD_ATTRIBUTE),
    "a string for a price": (with_item("p", b'{"id": "i", "price_eur": "12"}'), Reason.BAD_ATTRIBUTE),
    "a list for a make": (with_item("p", b'{"id": "i", "make": ["audi"]}'), Reason.BAD_ATTRIBUTE),
    "a string of 1 MB": (with_item("p", b'{"id": "i", "make": "%s"}' % (b"x" * 1_000_000)), Reason.TOO_LARGE),
    "a user id of 70 kB": (message(event("p" * 70_000, 1)), Reason.TOO_LARGE),
    "a user id of 300 bytes": (message(event("p" * 300, 1)), Reason.WRONG_SHAPE),
    "broken UTF-8": (with_item("p", b'{"id": "i", "make": "\xc3("}'), Reason.NOT_JSON),
    "a lone surrogate": (with_item("p", b'{"id": "i", "make": "\\ud800"}'), Reason.NOT_JSON),
    "a lone surrogate in an id": (with_item("p", b'{"id": "\\ud800"}'), Reason.NOT_JSON),
    "deep nesting": (with_item("p", b'{"id": "i", "x": %s%s}' % (b"[" * 100, b"]" * 100)), Reason.WRONG_SHAPE),
    "an abyss": (with_item("p", b'{"id": "i", "x": %s%s}' % (b"[" * 30_000, b"]" * 30_000)), Reason.WRONG_SHAPE),
    "an unknown type": (message(event("p", 1, type="bought")), Reason.UNKNOWN_TYPE),
    "a huge origin": (message(event("p", 1))._replace(origin=b"\x01" * 1_040_000), Reason.WRONG_SHAPE),
    "a future version": (message(event("p", 1, schema=2)), Reason.UNSUPPORTED_SCHEMA),
}


@pytest.fixture(scope="module")
def job(local: StackSettings) -> Iterator[JobSettings]:
    """One job and one log for all tests here; each adds to the log and judges the whole of it."""
    settings = own_job(local, "records")
    prepare(local, settings, CARS)
    with running(local, settings):
        yield settings


def test_poison_becomes_letters_with_its_reason_and_stops_nothing(local: StackSettings, job: JobSettings) -> None:
    first = len(_letters(job))
    poison = [found for found, _ in POISON.values()]
    ordinary = traffic(CARS, DISORDER, 10 * len(poison) + 50)
    _send(job, [*chain.from_iterable([*islice(ordinary, 10), one] for one in poison), *ordinary])
    assert_exact(job, CARS)
    found = {(one.key, one.value): one.reason for one in _letters(job)[first:]}
    assert {name: found.get(message[:2]) for name, (message, _) in POISON.items()} == {
        name: reason for name, (_, reason) in POISON.items()
    }
    assert not flink.exceptions(local, job_id(local, job_name(job)))["exceptionHistory"]["entries"]


def test_of_a_record_that_no_letter_can_hold_the_letter_has_the_beginning(
    local: StackSettings, job: JobSettings
) -> None:
    """Brokers measure a batch as it was compressed."""
    huge = with_item("huge", b'{"id": "i", "make": "%s"}' % (b"x" * 20_000_000))
    _send(job, [message(event("beside", 1))])
    _send_large(job, [huge], {"message.max.bytes": 30_000_000, "compression.type": "gzip"})
    _send(job, [message(event("beside", 2))])
    assert _events(job, "beside") == 2
    [found] = [one for one in _letters(job) if one.is_cut]
    assert (found.reason, found.carried) == (Reason.TOO_LARGE, carried(huge.key, huge.value))
    assert not flink.exceptions(local, job_id(local, job_name(job)))["exceptionHistory"]["entries"]


def test_an_attribute_that_no_dimension_reads_is_no_reason_to_refuse(job: JobSettings) -> None:
    _send(job, [message(event("ann", 1, item={"id": "i", "wings": 2}))])
    assert _events(job, "ann") == 1


def test_text_of_any_script_and_sign_counts_as_it_was_sent(job: JobSettings) -> None:
    texts = ["škoda", "日本車", "🚗", '],["', "back\\slash", "two\nlines", "a,b"]
    items = [{"id": f"né-{number}", "make": text} for number, text in enumerate(texts)]
    _send(job, [message(event("Zoë 🙂", number, item=item)) for number, item in enumerate(items)])
    assert _events(job, "Zoë 🙂") == len(texts)


def test_repeats_in_any_order_count_once(job: JobSettings) -> None:
    chance = random.Random(1)
    some = [message(event("twice", n, occurred_at=ago(hours=chance.uniform(0, HORIZON_H)))) for n in range(300)]
    log = some + chance.sample(some, 30)
    chance.shuffle(log)
    _send(job, log)
    assert _events(job, "twice") == 300


def test_a_repeat_beyond_the_horizon_counts_again_as_is_said(job: JobSettings) -> None:
    again = message(event("again", 1, occurred_at=ago(hours=HORIZON_H, seconds=-15)))
    _send(job, [again])
    late = time.monotonic() + 16
    until(lambda: time.monotonic() > late)
    _send(job, [again, again])
    assert _events(job, "again") == 2


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_contents_of_one_event_the_smaller_bytes_win_in_either_order(job: JobSettings, turned: bool) -> None:
    user, when = f"two-{turned}", ago()
    both = [message(event(user, n, event_id="one", occurred_at=when)) for n in range(2)]
    _send(job, both[::-1] if turned else both)
    [row] = _rows(job, user)
    assert (row.events, row.version) == (1, 2)
    assert row.cells["price"] == _only(job, "two-reference", when).cells["price"]


@pytest.mark.parametrize(
    ("name", "off", "reason"),
    [
        ("a day ahead", {"days": -1}, Reason.FROM_THE_FUTURE),
        ("a year ahead", {"days": -365}, Reason.FROM_THE_FUTURE),
        ("ten years ahead", {"days": -3650}, Reason.FROM_THE_FUTURE),
        ("a year behind", {"days": 365}, Reason.EXPIRED),
        ("ten years behind", {"days": 3650}, Reason.EXPIRED),
    ],
)
def test_a_clock_that_is_far_off_harms_nobody_else(
    job: JobSettings, name: str, off: dict[str, float], reason: Reason
) -> None:
    wrong = message(event("clock", 1, event_id=name, occurred_at=ago(**off)))
    _send(job, [wrong, *traffic(CARS, DISORDER, 50), message(event(f"beside {name}", 1))])
    assert _events(job, f"beside {name}") == 1
    assert [one.reason for one in _letters(job) if one.value == wrong.value] == [reason]


def test_a_clock_that_is_a_day_behind_adds_to_the_day_before(job: JobSettings) -> None:
    _send(job, [message(event("yesterday", 1, occurred_at=ago(days=1)))])
    [row] = _rows(job, "yesterday")
    assert row.key.batch.is_late


def _only(job: JobSettings, user: str, when: str) -> StoredRow:
    """The row of a user who has sent the smaller of the two contents alone."""
    _send(job, [message(event(user, 0, event_id="one", occurred_at=when))])
    return _rows(job, user)[0]


def _send(job: JobSettings, messages: list[Message]) -> None:
    """In their order: small messages as a producer of ours sends them, large ones by one that may."""
    for are_large, some in groupby(messages, lambda found: sum(len(part or b"") for part in found) > 900_000):
        if are_large:
            _send_large(job, some, {"message.max.bytes": MAX_EVENT_BYTES})
        else:
            produce(job, some)


def _send_large(job: JobSettings, messages: Iterable[Message], limits: dict[str, int | str]) -> None:
    producer = Producer({"bootstrap.servers": job.kafka_bootstrap} | limits)
    for found in messages:
        headers = [] if found.origin is None else [(ORIGIN_HEADER, found.origin)]
        producer.produce(job.events_topic, found.value, found.key, headers=headers)
    assert producer.flush(30) == 0


def _letters(job: JobSettings) -> list[Letter]:
    with Log(job, job.rejected_topic) as log:
        return distinct(letters(log.records(log.ends())))


def _rows(job: JobSettings, user: str) -> list[StoredRow]:
    assert_exact(job, CARS)
    return [row for row in rows(job, CARS) if row.key.user_id == user]


def _events(job: JobSettings, user: str) -> int:
    return sum(row.events for row in _rows(job, user))
