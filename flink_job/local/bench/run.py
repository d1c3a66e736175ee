"""One run of the job on the local cluster, measured.

In: a stack that is up and a job's settings. Out: a `Run`. Throughput is taken from the offsets that checkpoints
commit. Of a backlog the time runs from the first commit to the last that left something to do: so neither the start of
the job counts, nor its wait for the checkpoint that closes the backlog.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from flink_job.local import flink, job
from flink_job.local.bench.cpu import cpu_seconds
from flink_job.local.settings import StackSettings
from flink_job.position import LogPosition
from flink_job.settings import JobSettings
from udfs.errors import StackError
from udfs.settings import environment

_POLL_S = 0.1
_SETTLE_S = 0.5
_PATIENCE_S = 900.0
_METRICS_S = 30.0
"""Flink's REST interface shows metrics, those of Python functions above all, only after a while."""

_EMITS = ("write__settle.numRecordsIn", "discard.numRecordsIn")
_BYTES = "discard.folded_bytes"


class Run(msgspec.Struct, frozen=True):
    """`events_per_second` between the first and the last commit; CPU is for that time, in seconds per 1,000 events.

    `events_per_emit` is 0 where the program folds nothing. `state_bytes` is what the last checkpoint under load holds,
    `checkpoint_s` how long the last ten took, the median.
    """

    variant: str
    events: int
    seconds: float
    events_per_second: float
    events_per_emit: float
    folded_bytes_per_event: float | None
    cpu_per_1000_events: dict[str, float]
    state_bytes: int = 0
    checkpoint_s: float = 0.0


class Mark(msgspec.Struct, frozen=True):
    """How many events were committed at a time, and the CPU spent until then."""

    at: float
    done: int
    cpu: dict[str, float]


def measure(
    local: StackSettings,
    settings: JobSettings,
    variant: str,
    parallelism: int,
    feed: Callable[[], None] | None = None,
    before: int = 0,
    program: Path = job.PROGRAM,
) -> Run:
    """Run the job until it has caught up with the log; `feed` is called when it runs, to produce paced traffic.

    Of a backlog the first events do not count: those until the first commit of more than `before`.
    """
    submitted = job.submit(local, environment(settings), parallelism=parallelism, name=variant, program=program)
    position = LogPosition(settings)
    try:
        if feed is None:
            first, last = _backlog(local.directory, position, before)
        else:
            first = _watch(local.directory, position, lambda _: flink.runs(local, submitted))
            feed()
            last = _watch(local.directory, position, lambda _: position.lag() == 0)
        # Before the wait for metrics, in which there is nothing left to do.
        state_bytes, checkpoint_s = flink.checkpoint_figures(local, submitted)
        emits, folded_bytes = _settled_emits(local, submitted)
        run = _run(variant, first, last, emits, folded_bytes, sum(position.committed().values()))
        return msgspec.structs.replace(run, state_bytes=state_bytes, checkpoint_s=checkpoint_s)
    finally:
        position.close()
        job.cancel(local, submitted)


def _backlog(directory: Path, position: LogPosition, before: int) -> tuple[Mark, Mark]:
    """The first commit of more than `before`, and the last one that left something to do. Raises StackError."""
    commits: list[Mark] = []
    for mark in _marks(directory, position):
        if mark.done > (commits[-1].done if commits else before):
            # Subtasks commit one after the other.
            time.sleep(_SETTLE_S)
            commits.append(msgspec.structs.replace(mark, done=sum(position.committed().values())))
            if position.lag() == 0:
                break
    if len(commits) < 2:
        message = "the backlog was done before a second checkpoint; take more events"
        raise StackError(message)
    # Of a backlog of two checkpoints there is nothing better than its end.
    return commits[0], commits[-2] if len(commits) > 2 else commits[-1]


def _watch(directory: Path, position: LogPosition, until: Callable[[Mark], bool]) -> Mark:
    return next(mark for mark in _marks(directory, position) if until(mark))


def _marks(directory: Path, position: LogPosition) -> Iterator[Mark]:
    """One mark after the other. Raises StackError when there were too many."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        yield Mark(time.monotonic(), sum(position.committed().values()), cpu_seconds(directory))
        time.sleep(_POLL_S)
    message = f"the job has not caught up within {_PATIENCE_S:.0f} s; see the logs of the stack"
    raise StackError(message)


def _run(variant: str, first: Mark, last: Mark, emits: float, folded_bytes: float | None, every: int) -> Run:
    """`every` event, which all emits hold."""
    events, seconds = last.done - first.done, last.at - first.at
    cpu = {part: round((last.cpu[part] - first.cpu.get(part, 0.0)) / events * 1000, 4) for part in sorted(last.cpu)}
    return Run(
        variant,
        events,
        round(seconds, 2),
        round(events / seconds, 1),
        round(every / emits, 2) if emits else 0.0,
        folded_bytes and round(folded_bytes / every, 1),
        {part: seconds for part, seconds in cpu.items() if seconds},
    )


def _settled_emits(local: StackSettings, submitted: str) -> tuple[float, float | None]:
    # Flink fetches metrics when it is asked for them, and answers with those of the last time.
    deadline = time.monotonic() + _METRICS_S
    while True:
        found = _emits(local, submitted)
        if time.monotonic() > deadline:
            return found
        time.sleep(1)


def _emits(local: StackSettings, submitted: str) -> tuple[float, float | None]:
    """Batches that were folded, and the bytes of their payloads where the job counts them."""
    found: dict[str, float] = {}
    for vertex in flink.job_detail(local, submitted)["vertices"]:
        for name in (*_EMITS, _BYTES):
            # One at a time: Flink answers nothing at all when a vertex lacks one of those asked for.
            found |= flink.metrics(local, submitted, vertex["id"], [name])
    return sum(found.get(name, 0.0) for name in _EMITS), found.get(_BYTES)
