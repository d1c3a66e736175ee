"""Settings of the job: the store's, and where the log is, which plan runs and how it is paced."""

from typing import Annotated, Literal

from msgspec import Meta

from cql.settings import StoreSettings

MAX_EVENT_BYTES = 1_048_588
"""`max.message.bytes` of the topic of events: Kafka's default."""

MAX_LETTER_BYTES = 4 * MAX_EVENT_BYTES
"""`max.message.bytes` of the rejected topic, whatever that of events is: a letter of more is cut."""


class JobSettings(StoreSettings, frozen=True, kw_only=True):
    """Read once when the job is submitted; the workers get them with their functions."""

    kafka_bootstrap: Annotated[str, Meta(description="Addresses of Kafka brokers, separated by commas.")] = (
        "127.0.0.1:19092"
    )
    kafka_user: Annotated[str, Meta(description="User to log in to Kafka as; empty where it asks for none.")] = ""
    kafka_password: Annotated[str, Meta(description="That user's password.")] = ""
    kafka_mechanism: Annotated[
        Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"], Meta(description="How that user logs in (SASL).")
    ] = "SCRAM-SHA-512"
    kafka_tls_ca: Annotated[
        str, Meta(description="Path of the certificate authority (PEM) of Kafka's brokers; empty: no TLS.")
    ] = ""
    kafka_tls_certificate: Annotated[
        str,
        Meta(description="Path of a client certificate with its key (PKCS 8) in one PEM file, if Kafka asks for one."),
    ] = ""
    events_topic: Annotated[
        str, Meta(description="Topic of events; key = user_id, message.timestamp.type=LogAppendTime.")
    ] = "events"
    rejected_topic: Annotated[
        str, Meta(description=f"Topic of dead letters; max.message.bytes at least {MAX_LETTER_BYTES}.")
    ] = "events.rejected"
    kafka_group: Annotated[
        str, Meta(description="Consumer group under which checkpointed offsets are committed; the generation is added.")
    ] = "penchant"
    plan: Annotated[
        Literal["collected", "keyed"],
        Meta(description="collected: batches grouped in the JVM; keyed: Python state per (user, date, dimension)."),
    ] = "collected"
    max_parallelism: Annotated[
        int, Meta(description="Upper bound of parallelism; part of the state, never change it.", ge=1, le=32768)
    ] = 128
    micro_batch_ms: Annotated[
        int, Meta(description="How long changes of a batch are gathered before it is written.", ge=1)
    ] = 2_000
    micro_batch_events: Annotated[int, Meta(description="Gathered changes that are written early.", ge=1)] = 50_000
    checkpoint_interval_ms: Annotated[int, Meta(description="Time between checkpoints.", ge=100)] = 5_000
    state_ttl_hours: Annotated[
        int,
        Meta(description="How long an unchanged batch stays in state; above 7 h 05 min and the longest outage.", ge=7),
    ] = 24
    bundle_ms: Annotated[int, Meta(description="Longest wait of an event in a Python operator's bundle.", ge=1)] = 500
    bundle_events: Annotated[int, Meta(description="Events in a Python operator's bundle.", ge=1)] = 10_000
    start: Annotated[
        Literal["earliest", "committed"],
        Meta(description="Where a job without state begins: at the log's oldest record, or at its group's offsets."),
    ] = "earliest"
    archive: Annotated[
        str, Meta(description="Path or URI of an archive to read instead of the log; the job ends with it.")
    ] = ""
    archive_since_ms: Annotated[
        int, Meta(description="Of an archive: from this append time on, ms since the epoch.", ge=0)
    ] = 0
    archive_until_ms: Annotated[
        int, Meta(description="Of an archive: before this append time, ms since the epoch.", ge=0)
    ] = 0
    write_rate: Annotated[
        int, Meta(description="Rows that the whole job writes per second at most; 0: as many as it can.", ge=0)
    ] = 0
    write_latency_ms: Annotated[
        int, Meta(description="A capped job slows down while its writes take longer than this (99th percentile).", ge=1)
    ] = 50
    write_concurrency: Annotated[int, Meta(description="Writes under way per subtask.", ge=1)] = 64
    connector_jar: Annotated[
        str, Meta(description="Path of the Kafka SQL connector's jar; empty where the cluster already has it.")
    ] = ""
    write_to_store: Annotated[bool, Meta(description="False only to measure the pipeline without the store.")] = True
    stop_at_end: Annotated[bool, Meta(description="Stop at the log's present end; to measure and to test.")] = False

    @property
    def group(self) -> str:
        """The consumer group of this generation."""
        return f"{self.kafka_group}.{self.generation}"

    def gathered(self, most: int) -> int:
        """How many rows a step may hold: `most`, or what a capped job writes between two checkpoints.

        A checkpoint waits for all of them: for 50,000 rows at 100 a second more than eight minutes.
        """
        return min(most, max(1, self.write_rate * self.checkpoint_interval_ms // 1000)) if self.write_rate else most
