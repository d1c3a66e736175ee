"""Everything that is looked at, in the order in which it is mended: log, store, Flink, API."""

from collections.abc import Callable, Iterator

from flink_job.doctor.finding import Finding, guarded
from flink_job.doctor.log import log_findings
from flink_job.doctor.services import api_findings, flink_findings
from flink_job.doctor.store import store_findings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue


def examine(
    settings: JobSettings, catalogue: Catalogue, flink_url: str, api_url: str, clock_ms: Callable[[], int]
) -> Iterator[Finding]:
    """Look at a deployment; an empty address leaves its part out. Raises nothing of ours.

    `clock_ms` gives ms since the epoch: it is asked when needed, as parts that do not answer take their time.
    """
    log = "start Kafka and make the topics, or mend PENCHANT_KAFKA_BOOTSTRAP and the topics' names"
    yield from guarded("log", log_findings(settings, clock_ms), log)
    store = "start the store, mend PENCHANT_STORE_*, or run `penchant migrate`"
    yield from guarded("store", store_findings(settings, catalogue, clock_ms), store)
    if flink_url:
        yield from flink_findings(flink_url, clock_ms(), settings.checkpoint_interval_ms)
    if api_url:
        yield from api_findings(api_url)
