"""People and keys held in memory, as the store holds them; for unit tests of the API."""

import datetime
from collections import defaultdict

from cql.keys import Key, Scope, Token, hashed
from cql.people import AuditEntry, People
from cql.rows import BatchRow
from udfs.events.batch import Batch
from udfs.events.exclusion import Span

MADE_AT = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


class HeldPeople(People):
    def __init__(self) -> None:
        self.held_spans: dict[str, dict[int, Span]] = defaultdict(dict)
        self.others: dict[str, set[str]] = defaultdict(set)
        self.erased: list[tuple[str, int, int]] = []
        self.batches_erased: list[tuple[str, int, Batch, int]] = []
        self.rows: dict[tuple[str, int], list[BatchRow]] = {}
        self.deeds: list[AuditEntry] = []

    async def spans(self, user_id: str) -> list[Span]:
        return list(self.held_spans[user_id].values())

    async def exclude(self, user_id: str, span: Span, made_ms: int) -> None:
        self.held_spans[user_id][span.began_ms] = span

    async def aliases(self, user_id: str) -> list[str]:
        return sorted(self.others[user_id])

    async def link(self, user_id: str, other: str) -> None:
        self.others[user_id].add(other)

    async def unlink(self, user_id: str, other: str) -> None:
        self.others[user_id].discard(other)

    async def generations(self) -> list[int]:
        return [1, 2]

    async def erase(self, user_id: str, generation: int, before_ms: int) -> None:
        self.erased.append((user_id, generation, before_ms))

    async def erase_batch(self, user_id: str, generation: int, batch: Batch, start_ms: int) -> None:
        self.batches_erased.append((user_id, generation, batch, start_ms))

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
