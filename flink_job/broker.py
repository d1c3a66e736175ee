"""How clients reach Kafka: one set of settings in the words of both of its clients.

In: the job's settings. Out: configuration for librdkafka, which commands and tests use, and for the Java client inside
Flink's connector. Whether there is TLS, a login, both or neither follows from what is set.
"""

from flink_job.settings import JobSettings

_LOGIN_MODULES = {
    # The connector's jar has Kafka's classes under names of its own.
    "PLAIN": "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule",
}


COMMITTED = {"isolation.level": "read_committed"}
"""For whoever reads: of a transaction only what was committed counts. The defaults of both clients differ."""


def librdkafka(settings: JobSettings) -> dict[str, str]:
    """Configuration of a client in Python."""
    found = {"bootstrap.servers": settings.kafka_bootstrap, "security.protocol": _protocol(settings)}
    if settings.kafka_user:
        found |= {
            "sasl.mechanism": settings.kafka_mechanism,
            "sasl.username": settings.kafka_user,
            "sasl.password": settings.kafka_password,
        }
    if settings.kafka_tls_ca:
        found["ssl.ca.location"] = settings.kafka_tls_ca
    if settings.kafka_tls_certificate:
        file = settings.kafka_tls_certificate
        found |= {"ssl.certificate.location": file, "ssl.key.location": file}
    return found


def java(settings: JobSettings) -> dict[str, str]:
    """Configuration of a client in the JVM, but for its brokers: the connector has two words for those."""
    found = {"security.protocol": _protocol(settings)}
    if settings.kafka_user:
        found |= {"sasl.mechanism": settings.kafka_mechanism, "sasl.jaas.config": _login(settings)}
    if settings.kafka_tls_ca:
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": settings.kafka_tls_ca}
    if settings.kafka_tls_certificate:
        found |= {"ssl.keystore.type": "PEM", "ssl.keystore.location": settings.kafka_tls_certificate}
    return found


def _protocol(settings: JobSettings) -> str:
    transport = "SSL" if settings.kafka_tls_ca else "PLAINTEXT"
    return f"SASL_{transport}" if settings.kafka_user else transport


def _login(settings: JobSettings) -> str:
    user, password = (_quoted(text) for text in (settings.kafka_user, settings.kafka_password))
    return f"{_LOGIN_MODULES[settings.kafka_mechanism]} required username={user} password={password};"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
