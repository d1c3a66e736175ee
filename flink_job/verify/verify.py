"""Verify as one call: wait until the job has caught up with the log, then recount and compare."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from cql.generations import Generations
from cql.job_report import Position
from cql.layers import Generation, Layers, deciding
from cql.people import exclusions
from cql.rows import Layout, StoredRow
from cql.scan import scan
from cql.store import Store
from flink_job import clock
from flink_job.archive.files import records as archived
from flink_job.letter import Letter, letters
from flink_job.log import Log
from flink_job.position import LogPosition
from flink_job.settings import JobSettings
from flink_job.share import EVERYBODY, Share
from flink_job.verify.compare import compare
from flink_job.verify.recount import Recount, Window, recount, touch
from flink_job.verify.report import Report
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import LogUnavailable
from udfs.events.event import Decoder
from udfs.events.exclusion import Span
from udfs.events.record import Record

Say = Callable[[str], None]
_POLL_S = 0.5


class Extent(NamedTuple):
    """How much is compared: `archive` is where records lie that the log no longer has, `share` that of all users."""

    archive: Path | None = None
    share: Share = EVERYBODY


WHOLE = Extent()


class _Alike(NamedTuple):
    """The layers that a recount by the catalogue can speak of: those below, in `lineage`, stay as they were counted."""

    layers: Layers
    lineage: Sequence[Generation]

    @property
    def since_ms(self) -> int | None:
        """The append time before which nothing counts in these layers; None where all does."""
        return self.lineage[len(self.layers) - 1].since_ms


def verify(
    settings: JobSettings, catalogue: Catalogue, patience_s: float | None, say: Say, extent: Extent = WHOLE
) -> Report:
    """Compare log, store and dead letters; `say` gets a line per step. Raises LogUnavailable or StoreError.

    `patience_s`: how long to wait for the job to catch up; None does not wait.
    """
    alike = _alike(settings, catalogue, say)
    with Log(settings, settings.events_topic) as log:
        ends = log.ends()
        if patience_s is not None:
            wait_until_caught_up(settings, ends, patience_s, say)
        say(f"reading {sum(ends.values()):,} records of the log")
        records = chain(_archived(log, extent.archive), log.records(ends))
        counted = recounted(records, catalogue, settings, alike.since_ms, share=extent.share)
    counted.close()
    say(f"comparing {len(counted.payloads):,} batches with the store")
    rows = _stored(settings, catalogue, alike.layers, extent.share)
    return _compared(counted, rows, settings, catalogue, alike.lineage)


def verify_until(
    settings: JobSettings, catalogue: Catalogue, until_ms: int | None, say: Say, extent: Extent = WHOLE
) -> Report:
    """Compare what is closed while the log grows: records taken before `until_ms` whose batches no later one touched.

    None stands for what the newest checkpoint covers. Raises LogUnavailable, also when the job has not come so far.
    """
    closed_ms = _closed_ms(settings, until_ms)
    alike = _alike(settings, catalogue, say)
    with Log(settings, settings.events_topic) as log:
        ends = log.ends()
        say(f"reading {sum(ends.values()):,} records of the log")
        records = chain(_archived(log, extent.archive), log.records(ends))
        counted = recounted(records, catalogue, settings, alike.since_ms, closed_ms, extent.share)
        # What came while the store was read has opened further batches.
        rows = list(_stored(settings, catalogue, alike.layers, extent.share))
        decoder = Decoder(catalogue, settings.retention_days, settings.generation)
        for record in extent.share.records(log.records(log.ends(), ends)):
            touch(counted, decoder, record)
    counted.close()
    say(f"comparing {len(counted.payloads):,} closed batches with the store; {len(counted.open):,} are open")
    return _compared(counted, rows, settings, catalogue, alike.lineage)


def _archived(log: Log, archive: Path | None) -> Iterator[Record]:
    """What an archive has from before the log's beginning."""
    if archive is not None:
        yield from archived(archive, {partition: first for partition, (first, _) in log.bounds().items()})


def recounted(
    records: Iterable[Record],
    catalogue: Catalogue,
    settings: JobSettings,
    since_ms: int | None,
    until_ms: int | None = None,
    share: Share = EVERYBODY,
) -> Recount:
    """The recount of what the settings' generation counts from an append time on, without whom it must not.

    `close` ends it. Raises LogUnavailable or StoreError.
    """
    with closing(Store.open(settings)) as store:
        excluded = _exclusions(store)
    window = Window(since_ms, until_ms)
    return recount(records, catalogue, settings.retention_days, excluded, window, settings.generation, share)


def _alike(settings: JobSettings, catalogue: Catalogue, say: Say) -> _Alike:
    with closing(Store.open(settings)) as store:
        generations = Generations(store)
        found = _Alike(
            generations.counted_alike(settings.generation, catalogue), generations.lineage(settings.generation)
        )
    if below := found.lineage[len(found.layers) :]:
        numbers = ", ".join(str(one.number) for one in below)
        say(f"left out, as the first of them was counted otherwise than the catalogue says: generation {numbers}")
    return found


def _stored(settings: JobSettings, catalogue: Catalogue, layers: Layers, share: Share) -> Iterator[StoredRow]:
    with closing(Store.open(settings)) as store:
        yield from scan(store, layers, catalogue, share.holds_user)


def _exclusions(store: Store) -> dict[str, list[Span]]:
    """Erasures and objections, by user."""
    found: dict[str, list[Span]] = {}
    for user_id, span in exclusions(store):
        found.setdefault(user_id, []).append(span)
    return found


def _compared(
    counted: Recount,
    rows: Iterable[StoredRow],
    settings: JobSettings,
    catalogue: Catalogue,
    lineage: Sequence[Generation],
) -> Report:
    with Log(settings, settings.rejected_topic) as rejected:
        own = _own(letters(rejected.records(rejected.ends())), lineage)
        layout = Layout(catalogue, settings.generation, settings.retention_days)
        return compare(counted, rows, own, catalogue, layout, clock.now_ms())


def _own(found: Iterable[Letter], lineage: Sequence[Generation]) -> Iterator[Letter]:
    """Letters of the generations that decide on their records; those of earlier builds do not tell whose they are."""
    return (one for one in found if one.generation in (None, *deciding(lineage, one.append_ms)))


def _closed_ms(settings: JobSettings, until_ms: int | None) -> int:
    with closing(LogPosition(settings)) as position:
        through_ms = position.through_ms(clock.now_ms())
    if until_ms is not None and until_ms > through_ms:
        behind = (until_ms - through_ms) / 1000
        message = f"the newest checkpoint is {behind:.1f} s short of that instant; ask later, or for an earlier one"
        raise LogUnavailable(message)
    return through_ms if until_ms is None else until_ms


def wait_until_caught_up(settings: JobSettings, ends: dict[int, int], patience_s: float, say: Say) -> None:
    """Wait until a completed checkpoint covers the log up to `ends`. Raises LogUnavailable after `patience_s`."""
    position = LogPosition(settings)
    deadline = time.monotonic() + patience_s
    try:
        while lag := _lag(position.positions(), ends):
            if time.monotonic() > deadline:
                message = (
                    f"the job is {lag:,} records behind after {patience_s:.0f} s; is it running? see `penchant status`"
                )
                raise LogUnavailable(message)
            say(f"waiting for the job: {lag:,} records behind")
            time.sleep(_POLL_S)
    finally:
        position.close()
    say("the job has caught up with the log")


def _lag(positions: Iterable[Position], ends: dict[int, int]) -> int:
    reached = {position.partition: position.next_offset for position in positions}
    return sum(max(0, end - reached.get(partition, 0)) for partition, end in ends.items())
