"""What tests of the running API share: rows as the job writes them, at a time of their own."""

import asyncio
import json
import time

import msgspec

from api.client import Client
from cql.people import People, exclusions
from cql.rows import BatchKey
from cql.settings import StoreSettings
from cql.store import Store
from cql.writer import Writer
from flink_job.exclude import Exclude
from flink_job.local.settings import StackSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import Batch, Calendar, day_of
from udfs.statistics.fold import Fold

UTC = Calendar("UTC")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Served(msgspec.Struct, frozen=True):
    """A running API and its store."""

    local: StackSettings
    settings: StoreSettings
    catalogue: Catalogue
    store: Store
    key: str

    def client(self, key: str | None = None) -> Client:
        return Client(self.local.api_url, self.key if key is None else key)

    def write(self, user_id: str, occurred_ms: int, append_ms: int | None = None, generation: int = 1) -> bool:
        """Write a batch of one event as the job would, with what its fold keeps now; whether anything was written."""
        return asyncio.run(self._write(user_id, occurred_ms, append_ms or occurred_ms, generation))

    def of(self, generation: int) -> StoreSettings:
        """The settings of a job of another generation."""
        return msgspec.structs.replace(self.settings, generation=generation)

    def stored(self, user_id: str, generation: int = 1) -> list[Batch]:
        """The batches in the store, without those of parents."""
        people = People(self.store, self.catalogue)
        return sorted(Batch(day_of(row.date), row.batch) for row in asyncio.run(people.stored(user_id, generation)))

    def rows_of(self, generation: int) -> list[str]:
        """The users of whom a generation has rows of its own."""
        found = self.store.execute("SELECT DISTINCT user_id, generation FROM deltas")
        return [user_id for user_id, of in found if of == generation]

    def excluded(self) -> set[str]:
        return {user_id for user_id, _ in exclusions(self.store)}

    async def _write(self, user_id: str, occurred_ms: int, append_ms: int, generation: int) -> bool:
        batch = UTC.batch(occurred_ms, append_ms)
        second = (occurred_ms - UTC.start(batch.day)) // 1000
        values = [dimension.value({"make": "bmw"}.get(dimension.path)) for dimension in self.catalogue.dimensions]
        payload = json.dumps([f"{user_id}-{occurred_ms}", "car", 0, second, *values]).encode()
        kept = await Exclude(self.store, self.catalogue, now_ms).kept(user_id, batch, payload)
        if not kept:
            return False
        writer = Writer(self.store, self.of(generation), self.catalogue)
        delta = Fold(self.catalogue).fold(kept)
        return await writer.write(BatchKey(user_id, batch), delta, now_ms())

    async def write_unaware(self, user_id: str, batch: Batch, generation: int = 1) -> None:
        """Write a batch as a worker does that has not heard of an erasure or objection."""
        values = [dimension.value(None) for dimension in self.catalogue.dimensions]
        delta = Fold(self.catalogue).fold(json.dumps(["e", "car", 0, 0, *values]).encode())
        await Writer(self.store, self.of(generation), self.catalogue).write(BatchKey(user_id, batch), delta, now_ms())
