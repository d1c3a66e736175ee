"""Cassandra: one or more nodes that stand in for ScyllaDB, from plain jars.

In: the stack's settings. Out: the parts to supervise. Readiness is a query over the native protocol (version 4), spoken
here by hand because only `cql.store` may import the driver:
https://cassandra.apache.org/doc/latest/cassandra/reference/native-protocol.html
"""

import json
import socket
import struct
from functools import partial
from pathlib import Path

from flink_job.local import jars
from flink_job.local.part import Part
from flink_job.local.settings import HOST, StackSettings, store_host

_STARTUP, _QUERY, _READY, _RESULT = 0x01, 0x07, 0x02, 0x08
_ONE = 0x0001
_HEADER = struct.Struct(">BBhBi")

# What Cassandra's own conf/jvm17-server.options opens.
_BASE = (
    "lang lang.module lang.ref lang.reflect io math net nio nio.charset nio.file.spi util util.concurrent "
    "util.concurrent.atomic util.concurrent.locks util.jar"
)
_INTERNAL = "loader math misc module ref reflect util util.jar"
_OPENED = (
    *(f"java.base/java.{package}" for package in _BASE.split()),
    *(f"java.base/jdk.internal.{package}" for package in _INTERNAL.split()),
    "java.base/sun.nio.ch",
    "java.base/sun.net.www.protocol.file",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.rmi/sun.rmi.transport.tcp",
    "java.sql/java.sql",
    "java.logging/java.util.logging",
    "java.management.rmi/javax.management.remote.rmi",
    "jdk.management/com.sun.management.internal",
    "jdk.management.jfr/jdk.management.jfr",
    "jdk.naming.dns/com.sun.jndi.dns",
)

_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Several nodes share one machine, and are started, killed and joined more often than they are measured."""

_LOGGING = """<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %logger{0}: %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
"""


def parts(settings: StackSettings) -> tuple[Part, ...]:
    """All nodes, one after the other: each joins those before it."""
    return tuple(part(settings, number) for number in range(1, settings.store_nodes + 1))


def part(settings: StackSettings, number: int = 1) -> Part:
    """A node as a part of the stack; number n listens on 127.0.0.n. Its jars must be in the cache."""
    directory, host = settings.directory / _name(number), store_host(number)
    ports = {"PENCHANT_STORE_PORT": settings.store_port, "PENCHANT_STORE_STORAGE_PORT": settings.store_storage_port}
    return Part(
        name=_name(number),
        command=_command(settings, directory, number),
        address=f"{host}:{settings.store_port}",
        # The other nodes take the same ports of other addresses.
        ports=ports if number == 1 else {},
        ready=lambda _: answers(host, settings.store_port),
        after=() if number == 1 else (_name(number - 1),),
        prepare=partial(prepare, settings, directory, host),
    )


def prepare(settings: StackSettings, directory: Path, host: str) -> None:
    """Write the configuration of a node."""
    directory.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    (directory / "cassandra.yaml").write_text(json.dumps(configuration(settings, directory, host), indent=2))
    (directory / "logback.xml").write_text(_LOGGING)


def configuration(settings: StackSettings, directory: Path, host: str = HOST) -> dict[str, object]:
    """The content of `cassandra.yaml`."""
    seeds = {"seeds": f"{HOST}:{settings.store_storage_port}"}
    data = directory / "data"
    return {
        "cluster_name": "penchant",
        "num_tokens": 4,
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "endpoint_snitch": "SimpleSnitch",
        "seed_provider": [{"class_name": "org.apache.cassandra.locator.SimpleSeedProvider", "parameters": [seeds]}],
        "listen_address": host,
        "rpc_address": host,
        "storage_port": settings.store_storage_port,
        "native_transport_port": settings.store_port,
        "data_file_directories": [str(data / "data")],
        "commitlog_directory": str(data / "commitlog"),
        "saved_caches_directory": str(data / "saved_caches"),
        "hints_directory": str(data / "hints"),
        "cdc_raw_directory": str(data / "cdc_raw"),
        # Acknowledged is on the disk: a single node that dies has no replica to give back the last moments.
        "commitlog_sync": "batch",
        # What `penchant bench storage` finds after a flush is what a compaction would leave.
        "flush_compression": "table",
        "memtable_heap_space": "256MiB",
        "memtable_offheap_space": "256MiB",
        "key_cache_size": "32MiB",
        "file_cache_size": "128MiB",
        "auto_snapshot": False,
    }


def answers(host: str, port: int) -> bool:
    """Whether the node answers a query."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            started = _ask(connection, _STARTUP, struct.pack(">H", 1) + _strings("CQL_VERSION", "3.0.0")) == _READY
            return started and _ask(connection, _QUERY, _query("SELECT release_version FROM system.local")) == _RESULT
    except OSError:
        return False


def _ask(connection: socket.socket, opcode: int, body: bytes) -> int:
    connection.sendall(_HEADER.pack(4, 0, 0, opcode, len(body)) + body)
    *_, answer, length = _HEADER.unpack(_read(connection, _HEADER.size))
    _read(connection, length)
    return int(answer)


def _read(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        more = connection.recv(size - len(got))
        if not more:
            message = "connection closed in the middle of an answer"
            raise ConnectionError(message)
        got += more
    return got


def _query(text: str) -> bytes:
    return struct.pack(">i", len(text)) + text.encode() + struct.pack(">HB", _ONE, 0)


def _strings(*texts: str) -> bytes:
    return b"".join(struct.pack(">H", len(text)) + text.encode() for text in texts)


def _name(number: int) -> str:
    return "cassandra" if number == 1 else f"cassandra-{number}"


def _command(settings: StackSettings, directory: Path, number: int) -> tuple[str, ...]:
    opened = [f"--add-{how}={package}=ALL-UNNAMED" for package in _OPENED for how in ("opens", "exports")]
    properties = {
        "cassandra.config": (directory / "cassandra.yaml").as_uri(),
        "cassandra.storagedir": str(directory / "data"),
        "cassandra-foreground": "yes",
        "cassandra.skip_wait_for_gossip_to_settle": "0",
        # A node that joins must have heard of the others first.
        "cassandra.ring_delay_ms": "0" if number == 1 else "4000",
        # Where a node asks another one for the tables before it knows of it, it would ask again after a minute, and
        # gives up to join after half of one.
        "cassandra.schema_pull_interval_ms": "2000",
        "logback.configurationFile": str(directory / "logback.xml"),
        "java.security.manager": "allow",
    }
    return (
        settings.java,
        f"-Xms{settings.store_memory}m",
        f"-Xmx{settings.store_memory}m",
        *(_QUICK if settings.store_nodes > 1 else ()),
        *opened,
        *(f"-D{name}={value}" for name, value in properties.items()),
        "-cp",
        f"{jars.CASSANDRA.directory(settings.jars)}/*",
        "org.apache.cassandra.service.CassandraDaemon",
    )
