"""A store in memory: deltas, people and keys as the real one holds them; and a clock. For unit tests of the API."""

import datetime
import json
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from cql.job_report import JobReport
from cql.keys import Key, Scope, Token, hashed
from cql.layers import Generation, InForce, Layers
from cql.people import AuditEntry, Hour, People
from cql.rows import BatchRow, Progress
from udfs.catalogues.catalogue import load
from udfs.errors import StoreUnavailable
from udfs.events.exclusion import Span
from udfs.events.payload import together
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Fold

NOW = 1_795_478_400.0  # 2026-11-24T00:00:00Z
TODAY = datetime.date(2026, 11, 24)
CARS = load("cars")
MADE_AT = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


class HeldPeople(People):
    def __init__(self) -> None:
        self.held_spans: dict[str, dict[int, Span]] = defaultdict(dict)
        self.announced: dict[str, dict[int, Span]] = defaultdict(dict)
        self.half_away = False
        self.others: dict[str, set[str]] = defaultdict(set)
        self.owners: dict[str, str] = {}
        self.erased: list[tuple[str, int, int]] = []
        self.elsewhere: set[int] = set()
        self.held_hours: dict[tuple[str, int], list[Hour]] = defaultdict(list)
        self.hours_erased: dict[tuple[str, int], set[Hour]] = defaultdict(set)
        self.rows: dict[tuple[str, int], list[BatchRow]] = {}
        self.deeds: list[AuditEntry] = []

    async def spans(self, user_id: str) -> list[Span]:
        return list(self.held_spans[user_id].values())

    async def exclude(self, user_id: str, span: Span, made_ms: int) -> None:
        self.held_spans[user_id][span.began_ms] = span
        if self.half_away:
            message = "no host, of two writes for the second"
            raise StoreUnavailable(message)
        self.announced[user_id][span.began_ms] = span

    async def aliases(self, user_id: str) -> list[str]:
        return sorted(self.others[user_id])

    async def owner(self, user_id: str) -> str:
        return self.owners.get(user_id, user_id)

    async def link(self, user_id: str, other: str) -> None:
        self.others[user_id].add(other)
        self.owners[other] = user_id

    async def unlink(self, user_id: str, other: str) -> None:
        self.others[user_id].discard(other)
        self.owners.pop(other, None)

    async def generations(self) -> list[int]:
        return [1, 2]

    async def erase(self, user_id: str, generation: int, before_ms: int) -> None:
        self.erased.append((user_id, generation, before_ms))

    async def shares_time_zone(self, generation: int) -> bool:
        return generation not in self.elsewhere

    async def hours(self, user_id: str, generation: int) -> list[Hour]:
        return self.held_hours[user_id, generation]

    async def erase_hour(self, user_id: str, generation: int, hour: Hour) -> None:
        self.hours_erased[user_id, generation].add(hour)

    async def stored(self, user_id: str, generation: int) -> list[BatchRow]:
        return self.rows.get((user_id, generation), [])

    async def record(self, entry: AuditEntry) -> None:
        self.deeds.append(entry)

    async def audit(self, day: datetime.date) -> list[AuditEntry]:
        return [entry for entry in self.deeds if entry.at.date() == day]


class HeldKeys:
    def __init__(self) -> None:
        self.by_id: dict[str, Key] = {}
        self.asked = 0
        self.error: Exception | None = None

    async def find(self, key_id: str) -> Key | None:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.by_id.get(key_id)

    def make(self, *scopes: Scope, rate: int = 1_000) -> str:
        """A new key's token."""
        token = Token(f"k{len(self.by_id)}", "secret")
        self.by_id[token.key_id] = Key(token.key_id, "test", hashed(token.secret), scopes, rate, MADE_AT)
        return str(token)


class Ticks:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class HeldSource:
    """A source that holds rows and progress, as `cql.reader.Reader` finds them in the store."""

    def __init__(self) -> None:
        self.rows: dict[str, list[BatchRow]] = {}
        self.partitions = [Progress(0, 10, int(NOW * 1000) - 5_000), Progress(1, 20, int(NOW * 1000) - 9_500)]
        self.held_people = HeldPeople()
        self.held_keys = HeldKeys()
        self.report: JobReport | None = None
        self.priors_version: str | None = None
        self.switched: InForce | None = None
        self.made: dict[int, Generation] = {}
        self.counted_by: dict[int, dict[str, str]] = {}
        self.bodies: dict[str, str] = {}
        self.error: Exception | None = None
        self.asked: list[tuple[str, ...]] = []
        self.read_by: list[Layers] = []

    async def batches(
        self, layers: Layers, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        self._fail()
        self.asked.append(tuple(dimensions))
        self.read_by.append(layers)
        return [
            msgspec.structs.replace(row, cells={name: row.cells[name] for name in dimensions})
            for row in self.rows.get(user_id, [])
            if first <= row.date <= last
        ]

    async def progress(self, generation: int) -> list[Progress]:
        self._fail()
        return self.partitions

    async def job_report(self, generation: int) -> JobReport | None:
        self._fail()
        return self.report

    async def in_force(self) -> InForce | None:
        self._fail()
        return self.switched

    async def generations(self) -> dict[int, Generation]:
        self._fail()
        return self.made

    async def versions(self, generation: int) -> dict[str, str]:
        self._fail()
        return self.counted_by.get(generation, {})

    async def user_after(self, layers: Layers, place: int) -> str | None:
        self._fail()
        return next(iter(self.rows), None) if place < 0 else None

    async def people(self) -> People:
        return self.held_people

    async def keys(self) -> HeldKeys:
        return self.held_keys

    async def priors_in_force(self) -> str | None:
        self._fail()
        return self.priors_version

    async def priors(self, version: str) -> str:
        self._fail()
        return self.bodies[version]

    def like(self, user_id: str, age: int, *cars: dict[str, object]) -> None:
        """Hold one batch of views `age` days ago."""
        payloads = [
            [str(i), str(i), 0, 0, *(d.value(car.get(d.path)) for d in CARS.dimensions)] for i, car in enumerate(cars)
        ]
        delta = Fold(CARS).fold(together(json.dumps(payload) for payload in payloads))
        cells = {d.name: encode(s) for d, s in zip(CARS.dimensions, delta.statistics, strict=True)}
        date = TODAY - datetime.timedelta(days=age)
        rows = self.rows.setdefault(user_id, [])
        rows.append(BatchRow(date, len(rows), delta.version, delta.events, delta.items, cells))

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
