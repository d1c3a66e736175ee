"""Every Hypothesis strategy of the tests, and the small catalogue that they draw from."""

import datetime
from typing import Any

import msgspec
from hypothesis import strategies as st

from udfs.catalogues.catalogue import Catalogue, parse
from udfs.events.payload import together
from udfs.events.record import Record
from udfs.statistics.counts import Counts
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Delta
from udfs.statistics.moments import Moments
from udfs.statistics.statistic import Numeric

Payload = list[Any]
Event = dict[str, Any]

GARAGE_TOML = """
name = "garage"
time_zone = "Europe/Berlin"

[[type]]
name = "view"

[[type]]
name = "park"

[[type]]
name = "contact"

[[dimension]]
name = "make"
kind = "categorical"
path = "make"
aliases = { vw = "volkswagen" }
missing = ["unknown"]

[[dimension]]
name = "price"
kind = "numeric"
path = "offer.price"
transform = "log"
scale = 1e6
missing = [0.0]
bins = { low = 100.0, high = 100000.0, count = 8 }
prior = { typical = 3500.0, spread = 3.0 }

[[dimension]]
name = "mileage"
kind = "numeric"
path = "mileage"
top_coded = 150000.0
bins = { low = 0.0, high = 155000.0, count = 31 }
prior = { typical = 100000.0, spread = 40000.0 }
"""
"""One dimension of each sort: categorical with an alias, logarithmic on a nested path, top-coded."""

GARAGE: Catalogue = parse(GARAGE_TOML, where="garage")
NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
NOON_MS = round(NOON.timestamp() * 1000)
SCALED = st.integers(-(2**40), 2**40)
CODES = st.integers(0, 2)


def counts(most: int = 10**15) -> st.SearchStrategy[Counts[str]]:
    """`most`: how often a key may be seen at once."""
    return st.lists(st.tuples(CODES, st.sampled_from("abcdé"), st.integers(1, most)), max_size=8).map(_counted)


def bins(most: int = 10**15) -> st.SearchStrategy[Counts[int]]:
    return st.lists(st.tuples(CODES, st.integers(0, 255), st.integers(1, most)), max_size=8).map(_counted)


def moments(most: int = 10**15) -> st.SearchStrategy[Moments]:
    return st.lists(st.tuples(CODES, SCALED, st.integers(1, most)), max_size=8).map(_observed)


def numerics(most: int = 10**15) -> st.SearchStrategy[Numeric]:
    """Moments and bins of the same observations, as the fold makes them."""
    return st.lists(st.tuples(CODES, SCALED, st.integers(1, most)), max_size=8).map(
        lambda seen: Numeric(_observed(seen), _counted([(code, value % 32, times) for code, value, times in seen]))
    )


def payloads(*, ids: int = 12, items: int = 4) -> st.SearchStrategy[list[Payload]]:
    """Payloads of one batch of GARAGE: few ids and items, so that repeats, conflicts and ties are common."""
    return st.lists(_payload(ids, items), min_size=1, max_size=25)


def joined(some: list[Payload]) -> bytes:
    """Payloads as the group of a batch holds them."""
    return together(msgspec.json.encode(payload).decode() for payload in some)


def in_bytes(delta: Delta) -> tuple[object, ...]:
    """A delta with its statistics as they are stored."""
    return (*delta[:3], *map(encode, delta.statistics))


def instants_ms(first: int = 2020, last: int = 2035) -> st.SearchStrategy[int]:
    """Instants in ms, those around the changes of a day's length among them."""
    anywhere = st.integers(_ms(f"{first}-01-01T00Z"), _ms(f"{last}-01-01T00Z"))
    changes = st.sampled_from([_ms("2026-03-29T01Z"), _ms("2026-10-25T01Z")])
    return anywhere | st.builds(int.__add__, changes, st.integers(-30 * 3_600_000, 30 * 3_600_000))


def events() -> st.SearchStrategy[Event]:
    """Events that GARAGE counts when the log takes them at NOON."""
    return st.fixed_dictionaries(
        {
            "event_id": st.text(_LETTERS, min_size=1, max_size=20),
            "user_id": st.text(_LETTERS, min_size=1, max_size=60),
            "type": st.sampled_from(["view", "park", "contact"]),
            "occurred_at": st.integers(0, 59 * 24 * 3600).map(_before_noon),
            "item": st.fixed_dictionaries(
                {"id": st.text(_LETTERS, min_size=1, max_size=20)},
                optional={
                    "make": st.none() | st.text(_LETTERS, max_size=20) | st.booleans() | st.integers(-999, 999),
                    "offer": st.none() | st.just(3) | st.fixed_dictionaries({"price": st.integers(0, 10**6)}),
                    "mileage": st.none() | st.just("") | st.floats(-1e6, 1e9) | st.integers(-(10**6), 10**12),
                },
            ),
        },
        optional={"schema": st.just(1), "note": st.text(_LETTERS)},
    )


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON, of moderate size."""
    leaves = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(_LETTERS)
    leaves |= st.just(10**400) | st.just(5e-324)
    return st.recursive(leaves, lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(_LETTERS), some))


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Anything that may stand in the log: any bytes, events, and events that something has happened to."""
    event: Any = draw(events())
    key = str(event["user_id"]).encode()
    for _ in range(draw(st.integers(0, 2))):
        event = draw(_spoiled(event))
    value = msgspec.json.encode(event)
    if draw(st.booleans()):
        place, gone = draw(st.integers(0, len(value))), draw(st.integers(0, 3))
        value = value[:place] + draw(st.binary(max_size=4)) + value[place + gone :]
    return Record(
        draw(st.just(NOON_MS) | st.integers(-1, 2**42)),
        0,
        0,
        draw(st.just(key) | st.none() | st.binary(max_size=8)),
        draw(st.just(value) | st.binary(max_size=300) | st.none()),
    )


_LETTERS = st.characters(exclude_categories=["Cs"])


def _counted(seen: list[tuple[int, Any, int]]) -> Counts[Any]:
    found: Counts[Any] = Counts()
    for code, key, times in seen:
        found = found.add(code, key, times)
    return found


def _observed(seen: list[tuple[int, int, int]]) -> Moments:
    found = Moments()
    for code, value, times in seen:
        found = found.add(code, value, times)
    return found


def _payload(ids: int, items: int) -> st.SearchStrategy[Payload]:
    parts = (
        st.integers(1, ids).map("e{}".format),
        st.integers(1, items).map("i{}".format),
        CODES,
        st.integers(0, 3),
        st.none() | st.sampled_from(["audi", "škoda", "vw"]),
        st.none() | st.integers(4_000_000, 12_000_000),
        st.none() | st.integers(-10, 150_000),
    )
    return st.tuples(*parts).map(list)


def _spoiled(event: Any) -> st.SearchStrategy[Any]:
    if not isinstance(event, dict):
        return json_values()
    names = st.sampled_from([*event, "schema", "other"])
    changed = st.builds(lambda name, value: event | {name: value}, names, json_values())
    attribute = st.sampled_from(["id", "make", "offer", "mileage"])
    item = event.get("item")
    changed_item = st.builds(
        lambda name, value: event | {"item": (item if isinstance(item, dict) else {}) | {name: value}},
        attribute,
        json_values(),
    )
    return changed | changed_item | json_values()


def _before_noon(seconds: int) -> str:
    return (NOON - datetime.timedelta(seconds=seconds)).isoformat()


def _ms(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)
