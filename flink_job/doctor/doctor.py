"""Everything that is looked at, in the order in which it is mended: log, store, Flink, API."""

from collections.abc import Iterator

from flink_job.doctor.finding import Finding, guarded
from flink_job.doctor.log import log_findings
from flink_job.doctor.services import api_findings, flink_findings
from flink_job.doctor.store import store_findings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue


def examine(
    settings: JobSettings, catalogue: Catalogue, flink_url: str, api_url: str, now_ms: int
) -> Iterator[Finding]:
    """Look at a deployment; an empty address leaves its part out. Raises nothing of ours."""
    log = "start Kafka and make the topics, or mend PENCHANT_KAFKA_BOOTSTRAP and the topics' names"
    yield from guarded("log", log_findings(settings, now_ms), log)
    store = "start the store, mend PENCHANT_STORE_*, or run `penchant migrate`"
    yield from guarded("store", store_findings(settings, catalogue, now_ms), store)
    if flink_url:
        yield from flink_findings(flink_url, now_ms, settings.checkpoint_interval_ms)
    if api_url:
        yield from api_findings(api_url)
