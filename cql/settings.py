"""Settings of every process that talks to the store; job and API extend them with their own."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


def is_secret(field: str) -> bool:
    """Whether no log may show a setting."""
    return field.endswith("_password")


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the store is and how it is asked."""

    store_hosts: Annotated[str, Meta(description="Addresses of store nodes, separated by commas.")] = "127.0.0.1"
    store_port: Annotated[int, Meta(description="The store's CQL port.", ge=1, le=65535)] = 19042
    store_datacenter: Annotated[str, Meta(description="The data centre this process runs in.")] = "datacenter1"
    store_keyspace: Annotated[
        str, Meta(description="Keyspace of all tables; one catalogue each.", pattern="^[a-z][a-z0-9_]{0,40}$")
    ] = "penchant"
    store_replication: Annotated[
        int, Meta(description="Copies of each row in this data centre; used when the keyspace is created.", ge=1)
    ] = 1
    store_consistency: Annotated[
        Literal["LOCAL_QUORUM", "LOCAL_ONE", "ONE", "QUORUM"],
        Meta(description="Consistency level of reads and writes."),
    ] = "LOCAL_QUORUM"
    store_timeout_ms: Annotated[int, Meta(description="Longest wait for one answer of the store.", ge=1)] = 2_000
    store_user: Annotated[str, Meta(description="User to log in to the store as; empty where it asks for none.")] = ""
    store_password: Annotated[str, Meta(description="That user's password.")] = ""
    store_tls_ca: Annotated[
        str, Meta(description="Path of the certificate authority (PEM) of the store's nodes; empty: no TLS.")
    ] = ""
    store_tls_certificate: Annotated[
        str, Meta(description="Path of a client certificate (PEM) where the store asks for one.")
    ] = ""
    store_tls_key: Annotated[str, Meta(description="Path of that certificate's key (PEM).")] = ""
    generation: Annotated[
        int, Meta(description="The generation that a job writes; read only before the first switch.", ge=1)
    ] = 1
    # The store's own bound is 20 years, and January 2038 where it keeps an older format of files.
    retention_days: Annotated[
        int, Meta(description="Days that deltas are kept and may be asked for.", ge=1, le=3_650)
    ] = 60
    catalogue: Annotated[str, Meta(description="Name of a shipped catalogue, or the path of a file.")] = "cars"

    def __repr__(self) -> str:
        """Every field but secrets, for logs."""
        shown = [f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if not is_secret(name)]
        return f"{type(self).__name__}({', '.join(shown)})"

    @property
    def hosts(self) -> list[str]:
        """The addresses as a list."""
        return [host.strip() for host in self.store_hosts.split(",")]
