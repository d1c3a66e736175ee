"""Other builds of the job, for tests alone: one that is merely written anew, and sabotaged ones that must be found out.

`BUILD` names one. Functions defined in a program travel to the workers by value, so nothing of ours is changed there.
"""

import asyncio
import os
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from pyflink.common import Row
from pyflink.datastream import RuntimeContext

import flink_job.write
from cql.rows import BatchKey
from cql.writer import Places
from flink_job import pipeline
from flink_job.__main__ import main
from flink_job.decode import Decode, DecodedRow
from flink_job.settings import JobSettings
from flink_job.settle import Outcome
from flink_job.write import WriteBatch
from udfs.events.batch import LATE
from udfs.events.event import MAX_PAYLOAD_BYTES
from udfs.events.record import Record
from udfs.statistics.fold import MAX_EVENTS, Delta, Fold
from udfs.statistics.memory import Memory

PINNED_MS = 1_795_631_400_000


class Rewritten(Decode):
    """Does the same in other code."""

    def row(self, record: Record) -> DecodedRow:
        return DecodedRow(*super().row(record))


class Pinned(Decode):
    """Takes each record as appended at the instant of the golden savepoint."""

    def row(self, record: Record) -> DecodedRow:
        return super().row(msgspec.structs.replace(record, append_ms=PINNED_MS))


class Shifted(Decode):
    """Puts each event one hour later."""

    def row(self, record: Record) -> DecodedRow:
        row = super().row(record)
        return row._replace(batch_number=row.batch_number + (row.batch_number < LATE))


class RepeatingFold(Fold):
    """Makes an event and an item of its own of each payload."""

    def fold(self, joined: bytes) -> Delta:
        payloads = enumerate(msgspec.json.decode(b"[%b]" % joined))
        renamed = [msgspec.json.encode([f"{number}", f"{number}", *one[2:]]) for number, one in payloads]
        return super().fold(b",".join(renamed))


class Repeating(WriteBatch):
    """Counts a repeat as an event of its own."""

    def open(self, runtime_context: RuntimeContext) -> None:
        super().open(runtime_context)
        self._fold = cache(lambda _: RepeatingFold(self._catalogue))
        self._memory = Memory(short=MAX_EVENTS * MAX_PAYLOAD_BYTES)


class Swallowing(WriteBatch):
    """Tries once and takes an error for an answer."""

    async def _until_taken(self, key: BatchKey, payloads: bytes, places: Places) -> None:
        await self._taken(key, payloads, places)


class Hasty(WriteBatch):
    """Lets the checkpoint pass before the store has answered."""

    async def async_invoke(self, value: Row) -> list[Outcome]:
        self._write_later = asyncio.create_task(super().async_invoke(value))
        return []


class Timeless(WriteBatch):
    """Gives all writes of a batch one timestamp, so that an older state may win."""

    def open(self, runtime_context: RuntimeContext) -> None:
        super().open(runtime_context)
        self._writer._layout.timestamp_us = lambda batch, delta: 1


def _forgetful(options: Callable[[JobSettings], dict[str, str]]) -> Callable[[JobSettings], dict[str, str]]:
    return lambda settings: options(settings) | {"table.exec.state.ttl": "2 s"}


PARTS: dict[str, tuple[Any, str, Any]] = {
    "rewritten": (pipeline, "Decode", Rewritten),
    "pinned": (pipeline, "Decode", Pinned),
    "shifted": (pipeline, "Decode", Shifted),
    "repeating": (flink_job.write, "WriteBatch", Repeating),
    "swallowing": (flink_job.write, "WriteBatch", Swallowing),
    "hasty": (flink_job.write, "WriteBatch", Hasty),
    "timeless": (flink_job.write, "WriteBatch", Timeless),
    "forgetful": (pipeline, "_options", _forgetful(pipeline._options)),
}
"""Per build: where, what and by which it is replaced."""


if __name__ == "__main__":
    setattr(*PARTS[os.environ["BUILD"]])
    main()
