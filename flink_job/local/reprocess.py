"""History computed again on the local cluster: its job started or found, watched, paused.

In: what `flink_job.reprocess.prepare` has laid down. Out: a job beside the live one; it keeps up once it has caught up.
"""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from flink_job import clock
from flink_job.generations.fence import CAUGHT_UP_S, behind_s
from flink_job.local import flink, job
from flink_job.local.settings import StackSettings
from flink_job.position import LogPosition
from flink_job.reprocess.prepare import Prepared
from flink_job.reprocess.watch import Advance, Watch
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable, StackError
from udfs.events.batch import FILLING_MS
from udfs.settings import environment

_EVERY_S = 2.0
_START_S = 60.0


def job_name(settings: JobSettings) -> str:
    """What the job of a generation is called on the cluster."""
    return f"{settings.store_keyspace}-{settings.generation}"


def begin(local: StackSettings, prepared: Prepared, parallelism: int, program: Path = job.PROGRAM) -> str:
    """The job of a generation: the one that runs, or one that goes on where it was paused, or a new one."""
    name = job_name(prepared.settings)
    return job.find(local, name) or job.submit(
        local,
        environment(prepared.settings),
        parallelism=parallelism,
        savepoint=_newest(local, name) or prepared.savepoint,
        name=name,
        program=program,
    )


def pause(local: StackSettings, prepared: Prepared) -> Path:
    """Stop the job at a savepoint, from which `begin` goes on, once all of it runs. Raises StackError."""
    name = job_name(prepared.settings)
    running = job.find(local, name)
    if running is None:
        message = f"no job {name} runs here; see `penchant status`"
        raise StackError(message)
    job.await_running(local, name, _START_S)
    return job.stop_with_savepoint(local, running, _paused(local, name))


def follow(local: StackSettings, prepared: Prepared, say: Callable[[Advance], None]) -> None:
    """Watch until the generation has caught up with the log. Raises StackError when its job has ended before."""
    watch = Watch(prepared.starts)
    with closing(LogPosition(prepared.settings)) as position:
        while True:
            if _step(watch, position, say) and _caught_up(position):
                return
            _check_running(local, job_name(prepared.settings))
            time.sleep(_EVERY_S)


def follow_to_end(local: StackSettings, prepared: Prepared, submitted: str, say: Callable[[int], None]) -> None:
    """Watch the job of an archive until it has finished; `say` gets the records read so far. Raises StackError."""
    name = job_name(prepared.settings)
    while True:
        # The supervisor gives a lost job a new id, and forgets one that has finished.
        submitted = job.find(local, name) or submitted
        state = flink.job_state(local, submitted)
        if state == "FINISHED":
            return
        if state in flink.ENDED:
            message = f"job {name} is {state}; see the logs in {local.logs}, and run the command again to go on"
            raise StackError(message)
        if state == "RUNNING":
            say(_read(local, submitted))
        time.sleep(_EVERY_S)


def _read(local: StackSettings, submitted: str) -> int:
    """Records that the job's source has given so far, as far as Flink knows by now."""
    vertices = flink.job_detail(local, submitted)["vertices"]
    return int(vertices[0]["metrics"]["write-records"])


def _step(watch: Watch, position: LogPosition, say: Callable[[Advance], None]) -> bool:
    """Whether the job has come to anything: of a log that is young none is far behind, even before it has begun."""
    try:
        committed = position.committed()
        filled = position.at(position.oldest_ms(committed, clock.now_ms()) + FILLING_MS)
        advance = watch.see(time.monotonic(), committed, position.ends(), filled)
    except LogUnavailable:
        # The job waits for the broker as well; the next look may tell.
        return False
    say(advance)
    return advance.done > 0 or advance.total == 0


def _caught_up(position: LogPosition) -> bool:
    try:
        # Half, so that who switches then is not a moment too late.
        return behind_s(position) <= CAUGHT_UP_S / 2
    except LogUnavailable:
        return False


def _check_running(local: StackSettings, name: str) -> None:
    if job.find(local, name) is None:
        message = f"job {name} runs no more; see the logs in {local.logs}, and run the command again to go on"
        raise StackError(message)


def _newest(local: StackSettings, name: str) -> Path | None:
    """The newest state of a job: of a pause, or of a checkpoint."""
    found = [*flink.savepoints(_paused(local, name))[-1:], flink.latest_checkpoint(flink.checkpoints(local, name))]
    complete = [place for place in found if place is not None]
    return max(complete, key=lambda place: (place / "_metadata").stat().st_mtime, default=None)


def _paused(local: StackSettings, name: str) -> Path:
    return local.directory / "savepoints" / name
