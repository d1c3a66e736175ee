"""What is checked before the job is submitted, so that a mistake is one clear sentence and not a failing job."""

from contextlib import closing
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from cql.generations import Generations
from cql.migrate import missing
from cql.store import Store
from cql.writer import claim
from flink_job.broker import librdkafka
from flink_job.recovery import check_recovery
from flink_job.restore import check_begin, check_restore
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import SettingsError, StoreRefused

_TIMEOUT_S = 10.0


class Beginning(NamedTuple):
    """Where a job's state comes from: the checkpoint or savepoint to go on from, or nothing.

    `recovers`: a cluster that is highly available runs the program again after a fall and goes on from its own newest
    checkpoint, whatever the program was given.
    """

    restored_from: str = ""
    recovers: bool = False


def check(settings: JobSettings, catalogue: Catalogue, beginning: Beginning, now_ms: int) -> None:
    """Raise SettingsError, RestoreRefused, LogUnavailable or StoreError if the job could not work as promised."""
    check_topic(settings)
    _check_state(settings, beginning, now_ms)
    if settings.write_to_store:
        _claim(settings, catalogue, anew=not beginning.restored_from and not beginning.recovers)


def check_topic(settings: JobSettings) -> None:
    """The topic of events must exist and be stamped by the broker: lateness and batches rest on append time."""
    resource = ConfigResource(ResourceType.TOPIC, settings.events_topic)
    admin = AdminClient(librdkafka(settings))
    try:
        config = admin.describe_configs([resource], request_timeout=_TIMEOUT_S)[resource].result()
    except KafkaException as exc:
        where = f"topic {settings.events_topic!r} at {settings.kafka_bootstrap}"
        message = f"{where}: {exc.args[0]}; is Kafka up and the topic made?"
        raise SettingsError(message) from exc
    if config["message.timestamp.type"].value != "LogAppendTime":
        message = (
            f"topic {settings.events_topic!r} must have message.timestamp.type=LogAppendTime; alter its configuration"
        )
        raise SettingsError(message)


def _check_state(settings: JobSettings, beginning: Beginning, now_ms: int) -> None:
    if not (beginning.recovers and settings.write_to_store):
        check_restore(settings, beginning.restored_from, now_ms)
        return
    with closing(Store.open(settings)) as store:
        check_recovery(settings, Generations(store), beginning.restored_from, now_ms)


def _claim(settings: JobSettings, catalogue: Catalogue, *, anew: bool) -> None:
    with closing(Store.open(settings)) as store:
        _check_tables(store, settings, catalogue)
        if anew and settings.start == "committed" and not settings.archive:
            check_begin(settings, Generations(store).find(settings.generation).since_ms)
        claim(store, settings, catalogue)


def _check_tables(store: Store, settings: JobSettings, catalogue: Catalogue) -> None:
    # Without a column every batch would be refused for good, while checkpoints pass and profiles look fresh.
    if lacking := missing(store, settings, catalogue):
        message = (
            f"the tables of keyspace {settings.store_keyspace!r} lack {', '.join(lacking)}; run `penchant migrate`"
        )
        raise StoreRefused(message)
