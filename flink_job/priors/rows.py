"""The deltas to learn from: as the store holds them, or folded again from the log.

In: settings. Out: rows with their keys, in no order.
"""

from collections.abc import Iterator
from contextlib import closing

from cql.generations import Generations, lineage
from cql.rows import StoredRow
from cql.scan import scan
from cql.store import Store
from flink_job.log import Log
from flink_job.settings import JobSettings
from flink_job.verify.recount import folded
from flink_job.verify.verify import recounted
from udfs.catalogues.catalogue import Catalogue


def stored_rows(settings: JobSettings, catalogue: Catalogue) -> Iterator[StoredRow]:
    """The rows of the settings' generation. Raises StoreError."""
    with closing(Store.open(settings)) as store:
        yield from scan(store, Generations(store).layers(settings.generation), catalogue)


def logged_rows(settings: JobSettings, catalogue: Catalogue) -> Iterator[StoredRow]:
    """The same rows from the log up to its present end. Raises LogUnavailable or StoreError."""
    *_, lowest = lineage(settings, settings.generation)
    with Log(settings, settings.events_topic) as log:
        counted = recounted(log.records(log.ends()), catalogue, settings, lowest.since_ms)
    counted.close()
    yield from folded(counted, catalogue)
