"""Everything that is looked at, in the order in which it is mended: log, store, Flink, API."""

from collections.abc import Callable, Iterator

import msgspec

from cql.generations import chosen
from flink_job.doctor.finding import Finding, guarded
from flink_job.doctor.log import log_findings
from flink_job.doctor.services import api_findings, flink_findings
from flink_job.doctor.store import store_findings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import SettingsError, StoreError


def examine(
    settings: JobSettings, catalogue: Catalogue, flink_url: str, api_url: str, clock_ms: Callable[[], int]
) -> Iterator[Finding]:
    """Look at a deployment; an empty address leaves its part out. Raises nothing of ours.

    `clock_ms` gives ms since the epoch: it is asked when needed, as parts that do not answer take their time.
    """
    settings = in_force(settings)
    log = "start Kafka and make the topics, or mend PENCHANT_KAFKA_BOOTSTRAP and the topics' names"
    yield from guarded("log", log_findings(settings, clock_ms), log)
    store = "start the store, mend PENCHANT_STORE_*, or run `penchant migrate`"
    yield from guarded("store", store_findings(settings, catalogue, clock_ms), store)
    if flink_url:
        yield from flink_findings(flink_url, clock_ms(), settings.checkpoint_interval_ms)
    if api_url:
        yield from api_findings(api_url)


def in_force(settings: JobSettings) -> JobSettings:
    """The settings with the generation that answers rest on, where the store can tell."""
    try:
        return msgspec.structs.replace(settings, generation=chosen(settings))
    except (StoreError, SettingsError):
        # A finding of its own, when the store's turn comes.
        return settings
