"""A store that takes nobody without TLS, a certificate of their own, a login and rights; and an API over TLS on it."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from running import until

from cql.settings import StoreSettings
from cql.store import Store
from flink_job.local import cassandra, jars
from flink_job.local.settings import StackSettings, client_environ
from udfs.errors import StoreError
from udfs.settings import environment, read

FIRST_LOGIN = {"store_user": "cassandra", "store_password": "cassandra"}
"""What Cassandra has at its first start."""


class Papers(msgspec.Struct, frozen=True):
    """Files of certificates: `authority` vouches for the node and for the client."""

    authority: str
    node: str
    client: str
    stranger: str

    @classmethod
    def made(cls, directory: Path) -> "Papers":
        authority, other = trustme.CA(), trustme.CA()
        files = {name: directory / f"{name}.pem" for name in cls.__struct_fields__}
        authority.cert_pem.write_to_path(files["authority"])
        other.cert_pem.write_to_path(files["stranger"])
        for name in ("node", "client"):
            files[name].write_bytes(_identity(authority.issue_cert("127.0.0.1", common_name=name)))
        other.cert_pem.write_to_path(files["stranger"])
        return cls(**{name: str(file) for name, file in files.items()})


class Secured(msgspec.Struct, frozen=True):
    """The running store."""

    local: StackSettings
    papers: Papers

    def settings(self, **changes: object) -> StoreSettings:
        """How a client gets in, unless something is changed."""
        here = read(StoreSettings, client_environ(self.local) | {"PENCHANT_STORE_TIMEOUT_MS": "20000"})
        files = {"store_tls_ca": self.papers.authority, "store_tls_certificate": self.papers.client}
        return msgspec.structs.replace(here, **(files | FIRST_LOGIN | changes))

    def lets_in(self, **changes: object) -> bool:
        """Whether one can log in."""
        try:
            Store(self.settings(**changes), keyspace=None).close()
        except StoreError:
            return False
        return True


@contextmanager
def secured(local: StackSettings) -> Iterator[Secured]:
    """Start the store and wait until it lets its first user in."""
    jars.fetch(jars.CASSANDRA, local.jars)
    part = cassandra.part(local)
    part.prepare()
    home = local.directory / part.name
    found = Secured(local, Papers.made(local.directory))
    configuration = cassandra.configuration(local, home) | _demands(found.papers)
    (home / "cassandra.yaml").write_text(json.dumps(configuration))
    java, *rest = part.command
    with process([java, "-Dcassandra.superuser_setup_delay_ms=0", *rest], {}, home / "out.log"):
        until(found.lets_in, 150.0)
        yield found


@contextmanager
def api_over_tls(store: Secured, settings: StoreSettings, metrics: Path, workers: int) -> Iterator[httpx.Client]:
    """The API in processes of its own; a client that trusts the authority and opens a connection per request."""
    environ = client_environ(store.local) | environment(settings)
    environ |= {
        "PENCHANT_API_TLS_CERTIFICATE": store.papers.node,
        "PENCHANT_API_TLS_KEY": store.papers.node,
        "PENCHANT_API_WORKERS": str(workers),
        "PENCHANT_AUTHENTICATION": "false",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    url = f"https://127.0.0.1:{store.local.api_port}"
    with (
        process([sys.executable, "-m", "api"], environ, store.local.directory / "api.log"),
        httpx.Client(
            base_url=url, verify=_trusting(store.papers), headers={"Connection": "close"}, timeout=30
        ) as client,
    ):
        until(lambda: _is_ready(client))
        yield client


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False


def _trusting(papers: Papers) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=papers.authority)


@contextmanager
def process(command: list[str], environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of a test's own."""
    with log.open("wb") as out:
        found = subprocess.Popen(
            command, env=os.environ | environ, cwd=log.parent, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield found
    finally:
        found.terminate()
        found.wait(60)


def _demands(papers: Papers) -> dict[str, object]:
    return {
        "authenticator": {"class_name": "PasswordAuthenticator"},
        "authorizer": {"class_name": "CassandraAuthorizer"},
        "client_encryption_options": {
            "enabled": True,
            "optional": False,
            "require_client_auth": True,
            "ssl_context_factory": {"class_name": "org.apache.cassandra.security.PEMBasedSslContextFactory"},
            "keystore": papers.node,
            "keystore_password": "",
            "truststore": papers.authority,
        },
    }


def _identity(cert: trustme.LeafCert) -> bytes:
    """Key and certificates in one file; Cassandra reads keys in PKCS 8 only."""
    key = load_pem_private_key(cert.private_key_pem.bytes(), None)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return own + b"".join(part.bytes() for part in cert.cert_chain_pems)
