"""A Kafka that takes nobody without TLS, a certificate of their own, and a login; and a door for its owner."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from running import free_ports, until
from secured import Papers, process

from flink_job.local import jars, kafka
from flink_job.local.settings import HOST, StackSettings

USER = "penchant"
PASSWORD = 'it\'s "so"; yes\\no'
SCRAM = (ScramMechanism.SCRAM_SHA_512, ScramMechanism.SCRAM_SHA_256)

_DEMANDS = """
listeners=INSIDE://{host}:{inside},OUTSIDE://{host}:{outside},CONTROLLER://{host}:{controller}
advertised.listeners=INSIDE://{host}:{inside},OUTSIDE://{host}:{outside}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT,OUTSIDE:SASL_SSL
inter.broker.listener.name=INSIDE
ssl.keystore.type=PEM
ssl.keystore.location={papers.node}
ssl.truststore.type=PEM
ssl.truststore.location={papers.authority}
ssl.client.auth=required
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
listener.name.outside.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.outside.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.outside.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
  user_{user}="{password}";
"""


class SecuredLog(msgspec.Struct, frozen=True):
    """The running broker: `local` is the owner's way in."""

    local: StackSettings
    papers: Papers
    outside: int

    def access(self, mechanism: str = "SCRAM-SHA-512") -> dict[str, str]:
        """The settings of a job that gets in."""
        return {
            "kafka_bootstrap": f"{HOST}:{self.outside}",
            "kafka_user": USER,
            "kafka_password": PASSWORD,
            "kafka_mechanism": mechanism,
            "kafka_tls_ca": self.papers.authority,
            "kafka_tls_certificate": self.papers.client,
        }


@contextmanager
def secured_log(local: StackSettings) -> Iterator[SecuredLog]:
    """Start the broker and let one user in."""
    jars.fetch(jars.KAFKA, local.jars)
    (outside,) = free_ports(1)
    part = kafka.part(local)
    part.prepare()
    found = SecuredLog(local, Papers.made(local.directory), outside)
    with (local.directory / "kafka" / "server.properties").open("a") as file:
        ports = {"inside": local.kafka_port, "outside": outside, "controller": local.kafka_controller_port}
        file.write(_DEMANDS.format(host=HOST, papers=found.papers, user=USER, password=_escaped(PASSWORD), **ports))
    with process([*part.command], {}, local.directory / "kafka.log") as broker:
        until(lambda: part.ready(broker.pid))
        _let_in(local)
        yield found


def _let_in(local: StackSettings) -> None:
    admin = AdminClient({"bootstrap.servers": local.kafka_bootstrap})
    for mechanism in SCRAM:
        # One at a time: a request may alter a user once.
        login = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
        admin.alter_user_scram_credentials([login])[USER].result()


def _escaped(text: str) -> str:
    """For a quoted value of JAAS, in a file of properties."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return quoted.replace("\\", "\\\\")
