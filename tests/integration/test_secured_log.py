"""A Kafka that demands TLS, a client's certificate and a login is reached by settings, from Python and from the JVM."""

from collections.abc import Iterator

import pytest
from running import DISORDER, assert_exact, own_job, own_settings, produce, running, traffic
from secured_log import SecuredLog, secured_log

from cql.migrate import migrate
from flink_job.local import kafka
from flink_job.local.settings import StackSettings
from flink_job.start import check_topic
from udfs.catalogues.catalogue import load
from udfs.errors import SettingsError

CARS = load("cars")
EVENTS = 400
MECHANISMS = ["SCRAM-SHA-512", *(pytest.param(other, marks=pytest.mark.slow) for other in ("SCRAM-SHA-256", "PLAIN"))]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredLog]:
    with secured_log(own_settings(tmp_path_factory.mktemp("secured_log"))) as found:
        yield found


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_job_counts_exactly_and_writes_its_letters_there(
    local: StackSettings, log: SecuredLog, mechanism: str
) -> None:
    name = mechanism.lower().replace("-", "_")
    settings = own_job(local, f"secured_{name}", **log.access(mechanism))
    kafka.create_topics(log.local, events=settings.events_topic, rejected=settings.rejected_topic, partitions=2)
    migrate(settings, CARS)
    with running(local, settings):
        produce(settings, traffic(CARS, DISORDER, EVENTS))
        report = assert_exact(settings, CARS)
    assert report.books.rejected > 0


def test_who_has_another_password_or_none_is_turned_away(local: StackSettings, log: SecuredLog) -> None:
    for wrong in ({"kafka_password": "wrong"}, {"kafka_user": ""}, {"kafka_tls_ca": log.papers.stranger}):
        with pytest.raises(SettingsError, match="is Kafka up and the topic made"):
            check_topic(own_job(local, "secured_log", **log.access() | wrong))
