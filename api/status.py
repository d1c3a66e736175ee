"""The status of the pipeline as far as it can be known without asking it: the store holds what the job last told.

In: the job's report and its progress. Out: rate, lag, freshness and rejects, each null where it is not known *now*.
"""

import datetime
from collections.abc import Callable
from typing import Literal

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from api.access import READ
from api.document import ToldOperation
from api.freshness import FreshnessReader
from api.generations import LayersReader
from api.source import Source
from cql.job_report import JobReport
from udfs.events.batch import instant

SILENT_AFTER_S = 15.0
"""The job reports every two seconds, less often while Kafka or the store are slow."""


class Partition(msgspec.Struct, frozen=True):
    """A partition of the log as last reported; `lag` records had not been covered by a completed checkpoint."""

    partition: int
    next_offset: int
    log_end: int
    lag: int


class Status(msgspec.Struct, frozen=True):
    """How the pipeline does.

    `job`: `reporting`, `silent` when its last report is older than 15 s, `unheard` when there was none. Unless it is
    reporting, `lag` and `records_per_second` are null; `partitions` and `rejected` (dead letters by reason, copies
    among them) are as of `reported_at`. The rate is that at which checkpoints covered records over the last minute;
    null after a start too. `fresh_through` and `stale` are those of every answer.
    """

    generation: int
    fresh_through: datetime.datetime | None
    stale: bool
    job: Literal["reporting", "silent", "unheard"] = "unheard"
    reported_at: datetime.datetime | None = None
    records_per_second: float | None = None
    lag: int | None = None
    rejected: dict[str, int] | None = None
    partitions: list[Partition] = []


class Statuses:
    """Reads the status of the generation that is in force."""

    def __init__(
        self, source: Source, layers: LayersReader, freshness: FreshnessReader, clock: Callable[[], float]
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._layers = layers
        self._source = source
        self._clock = clock
        self._freshness = freshness

    async def read(self) -> Status:
        """The status now. Raises StoreError or EncodingError."""
        generation = (await self._layers.read())[0].generation
        fresh, report = await self._freshness.read(generation), await self._source.job_report(generation)
        unheard = Status(generation, fresh.fresh_through, fresh.stale)
        if report is None:
            return unheard
        told = _told(unheard, report)
        if self._clock() - report.at_ms / 1000 <= SILENT_AFTER_S:
            return told
        return msgspec.structs.replace(told, job="silent", records_per_second=None, lag=None)


def status_route(
    source: Source, layers: LayersReader, freshness: FreshnessReader, clock: Callable[[], float]
) -> HTTPRouteHandler:
    """The handler."""
    statuses = Statuses(source, layers, freshness, clock)

    @get("/v1/status", tags=["health"], opt=READ, operation_class=ToldOperation)
    async def read_status() -> Status:
        """How the pipeline does: rate, lag, freshness, rejects; null is what is not known now."""
        return await statuses.read()

    return read_status


def _told(status: Status, report: JobReport) -> Status:
    return msgspec.structs.replace(
        status,
        job="reporting",
        reported_at=instant(report.at_ms),
        records_per_second=report.covered / report.seconds if report.seconds else None,
        lag=sum(position.lag for position in report.positions),
        rejected=report.rejected.by_reason,
        partitions=[
            Partition(position.partition, position.next_offset, position.log_end, position.lag)
            for position in report.positions
        ],
    )
