"""The stream: reproducible, interleaved, and as disorderly as asked."""

import datetime
from collections import Counter
from itertools import count, islice

import msgspec
import pytest

from flink_job.local.traffic.items import Items, load
from flink_job.local.traffic.message import Message
from flink_job.local.traffic.rhythm import DAY_S, history
from flink_job.local.traffic.shown import Memory
from flink_job.local.traffic.stream import Stream, open_sessions
from flink_job.local.traffic.traffic import Traffic, traffic
from udfs.catalogues.catalogue import load as load_catalogue
from udfs.errors import SettingsError

NOW = 1_790_000_000.0
DISORDER = Traffic(users=300, duplicates=0.05, malformed=0.02, out_of_order=0.05, late=0.03, crawlers=2)


class Event(msgspec.Struct):
    event_id: str
    user_id: str
    type: str
    occurred_at: datetime.datetime
    item: dict[str, object]

    @property
    def age(self) -> float:
        return NOW - self.occurred_at.timestamp()


@pytest.fixture(scope="module")
def cars() -> Items:
    return load(load_catalogue("cars"))


def test_the_same_seed_run_and_clock_give_the_same_bytes(cars: Items) -> None:
    assert _stream(cars, DISORDER, 3000) == _stream(cars, DISORDER, 3000)


def test_another_run_has_other_event_ids_and_other_choices(cars: Items) -> None:
    first, second = (_events(cars, Traffic(run=run), 500) for run in ("a", "b"))
    assert not {event.event_id for event in first} & {event.event_id for event in second}
    assert [event.item["id"] for event in first] != [event.item["id"] for event in second]


def test_only_a_duplicate_uses_an_event_id_again_and_its_bytes_are_the_same(cars: Items) -> None:
    stream = Stream(cars, Traffic(duplicates=0.1), lambda: NOW)
    sent = list(islice(stream, 5000))
    assert len(set(sent)) == len({_event(message).event_id for message in sent}) == 5000 - stream.tally["duplicates"]
    assert 0.08 < stream.tally["duplicates"] / 5000 < 0.12


def test_the_key_is_the_user_id(cars: Items) -> None:
    assert all(message.key == _event(message).user_id.encode() for message in _stream(cars, Traffic(), 500))


def test_events_occur_now_or_minutes_ago_or_a_day_ago_in_the_shares_asked(cars: Items) -> None:
    ages = [event.age for event in _events(cars, Traffic(out_of_order=0.1, late=0.05), 10_000)]
    assert sum(age == 0 for age in ages) + sum(60 <= age <= 600 for age in ages) + _days(ages) == 10_000
    assert 900 < sum(60 <= age <= 600 for age in ages) < 1100
    assert 420 < _days(ages) < 580


def test_without_disorder_every_message_is_a_new_event_of_now(cars: Items) -> None:
    stream = Stream(cars, Traffic(), lambda: NOW)
    assert all(_event(message).age == 0 for message in islice(stream, 1000))
    assert stream.tally == {"events": 1000}


def test_stronger_types_are_rarer_and_follow_the_weaker_on_the_same_item(cars: Items) -> None:
    events = _events(cars, Traffic(), 10_000)
    types = Counter(event.type for event in events)
    assert types["view"] > types["park"] > types["contact"] > 0
    seen: set[tuple[str, object, str]] = set()
    for event in events:
        if event.type == "contact":
            assert (event.user_id, event.item["id"], "park") in seen
        seen.add((event.user_id, event.item["id"], event.type))


def test_activity_is_uneven_but_no_person_dominates(cars: Items) -> None:
    users = Counter(event.user_id for event in _events(cars, Traffic(users=1000), 20_000))
    busiest = sum(number for _, number in users.most_common(100)) / 20_000
    assert 0.3 < busiest < 0.7
    assert users.most_common(1)[0][1] < 0.05 * 20_000


def test_sessions_are_interleaved(cars: Items) -> None:
    events = _events(cars, Traffic(users=1000), 2000)
    assert len({event.user_id for event in events[1000:1100]}) > 50


def test_each_crawler_sends_its_share_and_reads_item_after_item(cars: Items) -> None:
    sent = _events(cars, Traffic(users=300, crawlers=2, duplicates=0.05), 5000)
    crawled = [event for event in sent if event.user_id == "crawler-01"]
    unique = list({event.event_id: event for event in crawled}.values())
    positions = [cars.positions[str(event.item["id"])] for event in unique]
    assert 400 < len(unique) < 600
    assert positions == list(range(positions[0], positions[0] + len(positions)))


def test_who_leaves_is_replaced_by_a_new_user(cars: Items) -> None:
    users = {event.user_id for event in _events(cars, Traffic(users=100), 20_000)}
    assert 105 < len(users) < 150


def test_a_slow_stream_keeps_few_sessions_open_and_a_fast_one_a_quarter_of_the_users() -> None:
    assert open_sessions(Traffic(users=1000, rate=0.01)) == 1
    assert open_sessions(Traffic(users=1000, rate=1.0)) == 20
    assert open_sessions(Traffic(users=1000, rate=0.0)) == open_sessions(Traffic(users=1000, rate=1e6)) == 250


def test_what_was_shown_holds_what_was_chosen_without_repetition(cars: Items) -> None:
    memory = Memory()
    viewed = {(event.user_id, event.item["id"]) for event in map(_event, islice(_watched(cars, memory), 5000))}
    shown = [one for lists in memory.lists.values() for one in lists]
    assert all(1 <= len(one.chosen) <= 3 and set(one.chosen) <= set(one.items) for one in shown)
    assert all(len(set(one.items)) == len(one.items) <= 20 for one in shown)
    assert viewed <= {(one.user_id, item) for one in shown for item in one.chosen}


def test_history_gives_times_in_order_within_the_span_busy_in_the_evening() -> None:
    start, end = NOW - 28 * DAY_S, NOW
    clock = history(start, end, 20_000, "Europe/Berlin")
    times = [clock() for _ in range(20_000)]
    hours = Counter(datetime.datetime.fromtimestamp(at, datetime.UTC).hour for at in times)
    assert times == sorted(times)
    assert start <= times[0] < start + DAY_S
    assert end - DAY_S / 4 < times[-1] <= end == clock()
    assert hours[18] > 5 * hours[1]


def test_a_stream_through_history_is_in_time_order(cars: Items) -> None:
    clock = history(NOW - 14 * DAY_S, NOW, 2000, "UTC")
    stream = Stream(cars, Traffic(rate=2000 / (14 * DAY_S)), clock)
    ages = [_event(message).age for message in islice(stream, 2000)]
    assert ages == sorted(ages, reverse=True)


def test_the_clock_is_read_once_for_each_message(cars: Items) -> None:
    ticks = count()
    stream = Stream(cars, DISORDER, lambda: NOW + next(ticks))
    list(islice(stream, 700))
    assert next(ticks) == 700


@pytest.mark.parametrize(
    ("options", "named"),
    [({"late": 1.5}, "late"), ({"duplicates": 0.6, "malformed": 0.6}, "duplicates"), ({"users": 0}, "users")],
)
def test_traffic_that_cannot_be_is_refused_by_name(options: dict[str, float], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        traffic(options)


def _watched(cars: Items, memory: Memory) -> Stream:
    return Stream(cars, Traffic(users=100), lambda: NOW, memory)


def _stream(items: Items, kind: Traffic, number: int) -> list[Message]:
    return list(islice(Stream(items, kind, lambda: NOW), number))


def _events(items: Items, kind: Traffic, number: int) -> list[Event]:
    return [_event(message) for message in _stream(items, kind, number)]


def _event(message: Message) -> Event:
    return msgspec.json.decode(message.value or b"", type=Event)


def _days(ages: list[float]) -> int:
    return sum(DAY_S <= age <= DAY_S + 3600 for age in ages)
