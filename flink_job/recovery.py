"""What is checked before a cluster that is highly available lets a job go on after a fall.

It goes on from the job's own newest checkpoint, whatever the program is given, and only Flink knows which that is. So
the offsets that checkpoints have committed speak for it. In: these, and what the job has told. Out: RestoreRefused, as
by `flink_job.restore`, if it cannot go on and be exact.
"""

from contextlib import closing

from cql.generations import Generations
from cql.layers import Generation
from flink_job.position import LogPosition
from flink_job.restore import begun, check_age, check_log, check_restore, margin_ms
from flink_job.settings import JobSettings
from udfs.errors import EncodingError


def check_recovery(settings: JobSettings, generations: Generations, restored_from: str, now_ms: int) -> None:
    """Raise RestoreRefused when the job cannot go on as promised; LogUnavailable or StoreError without Kafka or store.

    `restored_from`: what a job goes on from that has no checkpoint of its own yet; empty if it starts anew.
    """
    through_ms = generations.fresh_through_ms(settings.generation)
    with closing(LogPosition(settings)) as position:
        covered = position.checkpointed()
        # Offsets alone may be of a store that was lost.
        if through_ms is not None and _has_checkpoint(position, covered, generations.find(settings.generation)):
            taken_ms = _taken_ms(settings, generations, through_ms)
            _check(settings, position, covered, taken_ms, now_ms)
            return
    check_restore(settings, restored_from, now_ms)


def _has_checkpoint(position: LogPosition, covered: dict[int, int], generation: Generation) -> bool:
    """Whether a checkpoint has committed these offsets, and not who has laid down where the job shall begin.

    Also where that is no longer known, as the log no longer reaches back to there.
    """
    if generation.since_ms is None:
        return bool(covered)
    starts, firsts = position.at(generation.since_ms), position.firsts()
    return bool(begun({one: start if firsts[one] < start else 0 for one, start in starts.items()}, covered))


def _check(settings: JobSettings, position: LogPosition, covered: dict[int, int], taken_ms: int, now_ms: int) -> None:
    where = f"the newest checkpoint of {settings.group}"
    firsts = position.firsts()
    check_log(where, firsts | covered, firsts)
    oldest_ms = position.oldest_ms(firsts | covered, now_ms)
    check_age(settings, where, now_ms - max(oldest_ms, taken_ms))


def _taken_ms(settings: JobSettings, generations: Generations, through_ms: int) -> int:
    """When a job that computes history was last seen to complete a checkpoint; 0 of one that is up to date.

    Its records are old, but not its state.
    """
    try:
        told = generations.told(settings.generation)
    except EncodingError:
        return 0
    if told is None or not told.covered or margin_ms(settings, told.at_ms - through_ms) >= 0:
        return 0
    return told.at_ms - round(told.seconds * 1000)
