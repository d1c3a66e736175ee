"""The fence: what speaks against letting answers rest on a generation.

In: the settings of a job of that generation. Out: reasons, none where it may be switched to.
"""

from collections.abc import Iterator
from contextlib import closing

from cql.generations import Generations
from cql.store import Store
from flink_job import clock
from flink_job.position import LogPosition
from flink_job.settings import JobSettings
from flink_job.verify.verify import WHOLE, Extent, Say, verify_until
from udfs.catalogues.catalogue import Catalogue

CAUGHT_UP_S = 30.0
"""How far a generation may be behind the log: as much as an alert allows from an event to its profile."""


def faults(settings: JobSettings, catalogue: Catalogue, say: Say, extent: Extent = WHOLE) -> Iterator[str]:
    """Why the settings' generation must not be switched to. Raises LogUnavailable or StoreError.

    Where it cannot be read, or is behind, that alone is said: verifying it would say no more.
    """
    with closing(Store.open(settings)) as store:
        unreadable = Generations(store).unreadable(settings.generation, catalogue)
    if unreadable:
        yield f"it, or one below it, keeps {', '.join(unreadable)} in another form than the catalogue"
        return
    with closing(LogPosition(settings)) as position:
        behind = behind_s(position)
    if behind > CAUGHT_UP_S:
        yield f"it is {behind:,.0f} s behind the log; `penchant reprocess` says when it has caught up"
        return
    report = verify_until(settings, catalogue, None, say, extent)
    if report.is_of_nobody:
        yield f"no user is in a share of {report.share:g}, so nothing was compared; take a larger one"
    if not report.cells.agree:
        yield f"it is not what the log says: {report.lines()[-1]}; see `penchant verify --until checkpoint`"


def behind_s(position: LogPosition) -> float:
    """How old the oldest record is that no checkpoint of a generation's job covers. Raises LogUnavailable."""
    now_ms = clock.now_ms()
    return max(0.0, (now_ms - position.through_ms(now_ms)) / 1000)
