"""The source: what the API asks of the store. `api.connection.Connection` is one; tests hold another in memory."""

import datetime
from collections.abc import Sequence
from typing import Protocol

from api.keyring import KeyFinder
from cql.job_report import JobReport
from cql.layers import Generation, InForce, Layers
from cql.people import People
from cql.rows import BatchRow, Progress


class Source(Protocol):
    """Every call may raise StoreUnavailable or StoreRefused."""

    async def batches(
        self, layers: Layers, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        """The user's rows that count from `first` to `last` with the cells of `dimensions`."""
        ...

    async def progress(self, generation: int) -> list[Progress]:
        """How far the job of a generation has come in each partition of the log."""
        ...

    async def in_force(self) -> InForce | None:
        """The generation that answers rest on; None before the first switch."""
        ...

    async def generations(self) -> dict[int, Generation]:
        """Those that were made on purpose, by number."""
        ...

    async def versions(self, generation: int) -> dict[str, str]:
        """The version of each dimension in a generation; none before a job has begun to write it."""
        ...

    async def priors_in_force(self) -> str | None:
        """The version of the priors that answers rest on; None before any were fitted."""
        ...

    async def priors(self, version: str) -> str:
        """The priors of a version as JSON."""
        ...

    async def user_after(self, layers: Layers, place: int) -> str | None:
        """The user whose place among all users follows `place`; None where none does."""
        ...

    async def job_report(self, generation: int) -> JobReport | None:
        """What the job last told of itself; None before its first report."""
        ...

    async def people(self) -> People:
        """What is kept of people beside their deltas."""
        ...

    async def keys(self) -> KeyFinder:
        """The keys of callers."""
        ...
