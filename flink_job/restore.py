"""What is checked before a job goes on from a checkpoint or savepoint: whether it can still be exact.

State expires on the wall clock, and silently: a batch that comes back after its time to live starts small again. A
batch fills for 7 h 05 min: an event comes up to the horizon after it has occurred, in the hour of the batch, and may
come before by as much as clocks may be wrong. So the oldest record that the job has still to read must not be older
than the time to live less that.
"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from flink_job.notation import path
from flink_job.position import LogPosition
from flink_job.savepoint import offsets
from flink_job.settings import JobSettings
from udfs.errors import RestoreRefused
from udfs.events.batch import FILLING_MS, HOUR_MS


def check_restore(settings: JobSettings, restored_from: str, now_ms: int) -> None:
    """Raise RestoreRefused when the job cannot go on from there as promised; LogUnavailable without Kafka.

    `restored_from`: path or URI of a checkpoint or savepoint, empty for a job that starts anew.
    """
    if not restored_from:
        return
    with closing(LogPosition(settings)) as position:
        firsts = position.firsts()
        covered = _covered(restored_from, settings.events_topic) or firsts | position.checkpointed()
        check_log(restored_from, covered, firsts)
        behind_ms = _age_ms(settings, restored_from, position.oldest_ms(covered, now_ms), now_ms)
        check_age(settings, restored_from, behind_ms)


def check_begin(settings: JobSettings, since_ms: int | None) -> None:
    """Raise RestoreRefused when a job that begins at committed offsets lacks the state that goes with them.

    `since_ms`: the append time from which on its generation is computed from the log.
    """
    with closing(LogPosition(settings)) as position:
        starts = position.firsts() if since_ms is None else position.at(since_ms)
        check_starts(settings.generation, starts, position.committed())


def check_starts(generation: int, starts: Mapping[int, int], committed: Mapping[int, int]) -> None:
    """Raise RestoreRefused when offsets have been committed beyond those at which a generation begins."""
    if beyond := begun(starts, committed):
        message = (
            f"generation {generation} was computed beyond its start already, in partitions "
            f"{', '.join(map(str, beyond))}: without state, parts of batches would overwrite the whole; start it from "
            "its newest checkpoint or savepoint (-s), or drop it (`penchant generation drop`) and prepare another"
        )
        raise RestoreRefused(message)


def begun(starts: Mapping[int, int], committed: Mapping[int, int]) -> list[int]:
    """Partitions in which offsets have been committed beyond those at which a generation begins."""
    return [partition for partition, offset in committed.items() if offset > starts.get(partition, offset)]


def _age_ms(settings: JobSettings, restored_from: str, oldest_ms: int, now_ms: int) -> int:
    """How long ago state was last sure to be as fresh as the oldest unread record.

    A job that computes history reads old records as fast as it can, so for its own checkpoints that is when they were
    taken: their files are not copies.
    """
    metadata = _metadata(restored_from)
    taken_ms = round(metadata.stat().st_mtime * 1000) if settings.start == "committed" and metadata else 0
    return max(0, now_ms - max(oldest_ms, taken_ms))


def margin_ms(settings: JobSettings, behind_ms: int) -> int:
    """How much further a job that is so far behind the log may fall behind before state may expire too early."""
    return settings.state_ttl_hours * HOUR_MS - FILLING_MS - behind_ms


def _covered(restored_from: str, topic: str) -> dict[int, int]:
    # In a remote file system the offsets that the newest checkpoint has committed speak for it.
    metadata = _metadata(restored_from)
    return offsets(metadata.read_bytes(), topic) if metadata else {}


def _metadata(restored_from: str) -> Path | None:
    found = path(restored_from)
    return found / "_metadata" if found and (found / "_metadata").is_file() else None


def lost(covered: Mapping[int, int], firsts: Mapping[int, int]) -> list[int]:
    """Partitions whose log begins, at `firsts`, behind the offsets up to which state covers it."""
    return [partition for partition, first in firsts.items() if first > covered.get(partition, 0)]


def check_log(restored_from: str, covered: Mapping[int, int], firsts: Mapping[int, int]) -> None:
    """Raise RestoreRefused where the log begins, at `firsts`, behind what state covers."""
    if gone := lost(covered, firsts):
        message = (
            f"{restored_from}: the log begins behind it in partitions {', '.join(map(str, gone))}, so records between "
            "them are lost to it; leave it, and compute a new generation: `penchant reprocess --from-archive DIR "
            "--from DATE --to DATE` where an archive has them, else `--from DATE --alone`, which serves no date before"
        )
        raise RestoreRefused(message)


def check_age(settings: JobSettings, restored_from: str, behind_ms: int) -> None:
    """Raise RestoreRefused where state that is so far behind the log may have expired."""
    left = margin_ms(settings, behind_ms)
    if left < 0:
        message = (
            f"{restored_from}: the oldest record that it has not read is {behind_ms / HOUR_MS:.1f} h old, but state "
            f"lives {settings.state_ttl_hours} h, of which 7 h 05 min are for late events: batches may have expired "
            "and would start small again; leave it, compute the affected dates from the log into a new generation over "
            "the one in force (`penchant reprocess --from DATE`, the date of 7 h 05 min before that record), then "
            "`penchant generation switch` to it"
        )
        raise RestoreRefused(message)
