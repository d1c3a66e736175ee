"""The store as job and API need it: tables, versions, copies, permissions, its clock, and how far the job has come.

In: the settings and the catalogue. Out: findings. Writes nothing but the rows of `migrations`, as they stand there.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

from cql.generations import Generations
from cql.inspection import Inspection
from cql.migrate import missing
from cql.settings import StoreSettings
from cql.store import Store
from cql.writer import foreign_versions
from flink_job.doctor.finding import Finding, clock
from udfs.catalogues.catalogue import Catalogue

_MOST_DRIFT_MS = 1_000
_STALE_MS = 60_000


def store_findings(settings: StoreSettings, catalogue: Catalogue, clock_ms: Callable[[], int]) -> Iterator[Finding]:
    """Everything about the store. Raises StoreError."""
    with closing(Store.open(settings)) as store:
        inspection = Inspection(store, settings)
        yield Finding("store", f"{settings.store_hosts} answers at {settings.store_consistency}")
        yield copies(inspection.copies(), settings)
        yield _clock(inspection, clock_ms)
        yield tables(missing(store, settings, catalogue))
        yield from _contents(store, inspection, settings, catalogue, clock_ms())


def tables(missing: list[str]) -> Finding:
    """Whether the tables are those of this build and catalogue."""
    if not missing:
        return Finding("store", "the tables are those of this build and catalogue")
    return Finding("store", f"the tables lack {', '.join(missing)}", "run `penchant migrate`")


def copies(found: dict[str, int], settings: StoreSettings) -> Finding:
    """Whether the data centre of this process holds the copies that the settings promise."""
    here, wanted = found.get(settings.store_datacenter, 0), settings.store_replication
    says = f"keyspace {settings.store_keyspace!r}: " + (
        ", ".join(f"{number} copies in {where}" for where, number in sorted(found.items())) or "no copies anywhere"
    )
    mend = (
        f"ALTER KEYSPACE so that {settings.store_datacenter!r} has {wanted} copies, then repair; or set "
        "PENCHANT_STORE_DATACENTER and PENCHANT_STORE_REPLICATION to what there is"
    )
    return Finding("store", says, "" if here == wanted else mend)


def versions(foreign: dict[str, str], generation: int) -> Finding:
    """Whether the generation was computed as this catalogue computes."""
    if not foreign:
        return Finding("store", f"generation {generation} holds the versions of dimensions that the catalogue has")
    names = ", ".join(sorted(foreign))
    mend = "write into a new generation (PENCHANT_GENERATION), or restore the catalogue"
    return Finding("store", f"generation {generation} holds other versions of {names}", mend)


def progress(through_ms: int | None, now_ms: int) -> Finding:
    """Whether the job comes along with the log."""
    if through_ms is None:
        mend = "start the job and give it half a minute; after that see its log"
        return Finding("store", "the job has not completed a checkpoint yet", mend)
    behind = (now_ms - through_ms) / 1000
    mend = "see the alert PenchantStale in k8s/observability/runbooks.md" if now_ms - through_ms > _STALE_MS else ""
    return Finding("store", f"profiles hold what happened until {behind:.0f} s ago", mend)


def _clock(inspection: Inspection, clock_ms: Callable[[], int]) -> Finding:
    before, node, after = clock_ms(), inspection.now_ms(), clock_ms()
    return clock("store", node - (before + after) / 2, _MOST_DRIFT_MS + (after - before) / 2)


def _contents(
    store: Store, inspection: Inspection, settings: StoreSettings, catalogue: Catalogue, now_ms: int
) -> Iterator[Finding]:
    inspection.rewrite()
    yield Finding("store", "may read and write")
    yield versions(foreign_versions(store, settings, catalogue), settings.generation)
    generations = Generations(store)
    current = generations.current(settings.generation)
    yield Finding("store", f"answers rest on generation {current}")
    yield progress(generations.fresh_through_ms(current), now_ms)
