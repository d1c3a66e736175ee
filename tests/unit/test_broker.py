"""One set of settings says the same to both of Kafka's clients."""

import msgspec
import pytest

from flink_job.broker import java, librdkafka
from flink_job.settings import JobSettings

OPEN = JobSettings()
LOGIN = {"kafka_user": "penchant", "kafka_password": 'it\'s "so"; yes\\no'}
TLS = {"kafka_tls_ca": "/ca.pem", "kafka_tls_certificate": "/me.pem"}


@pytest.mark.parametrize(
    ("given", "protocol"),
    [({}, "PLAINTEXT"), (LOGIN, "SASL_PLAINTEXT"), (TLS, "SSL"), (LOGIN | TLS, "SASL_SSL")],
    ids=["neither", "login", "TLS", "both"],
)
def test_what_is_set_tells_the_protocol(given: dict[str, str], protocol: str) -> None:
    settings = msgspec.structs.replace(OPEN, **given)
    assert librdkafka(settings)["security.protocol"] == java(settings)["security.protocol"] == protocol


def test_nothing_more_is_said_where_nothing_is_set() -> None:
    assert java(OPEN) == {"security.protocol": "PLAINTEXT"}
    assert librdkafka(OPEN) == {"bootstrap.servers": OPEN.kafka_bootstrap, "security.protocol": "PLAINTEXT"}


def test_a_password_keeps_its_quotes_in_java() -> None:
    settings = msgspec.structs.replace(OPEN, **LOGIN)
    assert librdkafka(settings)["sasl.password"] == LOGIN["kafka_password"]
    assert java(settings)["sasl.jaas.config"].endswith(r"""username="penchant" password="it's \"so\"; yes\\no";""")
