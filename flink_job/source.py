"""1. read: the log as rows of (append_ms, partition, offset, key, value, origin), by the Table Kafka connector.

Format `raw` takes any bytes, also a null value, and the metadata columns give what decode needs to be a function of
the record alone. Offsets are committed to the consumer group when a checkpoint completes: `flink_job.position` reads
them back.
"""

from pyflink.table import DataTypes, Schema, StreamTableEnvironment, Table

from flink_job.archive.table import declare
from flink_job.broker import COMMITTED, java
from flink_job.notation import literal
from flink_job.settings import JobSettings
from udfs.events.record import ORIGIN_HEADER

RECORD = "append_ms, `partition`, `offset`, `key`, `value`, origin"
"""The columns of a record, in the order of `udfs.events.record.Record`."""

_EVENTS = """
CREATE TEMPORARY TABLE events (
    `key` BYTES,
    `value` BYTES,
    `append_time` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
    `time_type` STRING METADATA FROM 'timestamp-type' VIRTUAL,
    `partition` INT METADATA VIRTUAL,
    `offset` BIGINT METADATA VIRTUAL,
    `headers` MAP<STRING, BYTES> METADATA VIRTUAL
) WITH ({options})
"""

_START = {"earliest": "earliest-offset", "committed": "group-offsets"}

_RECORDS = f"""
SELECT CASE WHEN `time_type` = 'LogAppendTime'
            THEN EXTRACT(EPOCH FROM `append_time`) * 1000 + EXTRACT(MILLISECOND FROM `append_time`)
            ELSE CAST(-1 AS BIGINT) END AS append_ms,
       `partition`, `offset`, `key`, `value`, `headers`['{ORIGIN_HEADER}'] AS origin
FROM events
"""


def records(tables: StreamTableEnvironment, settings: JobSettings) -> Table:
    """The log's records; a fresh start begins at its earliest offset, a restored one where the checkpoint left off."""
    if settings.archive:
        declare(tables, settings)
    else:
        tables.execute_sql(_declaration(settings))
    return tables.sql_query(_RECORDS)


def with_record(builder: Schema.Builder) -> Schema.Builder:
    """The columns of a record, added to a schema."""
    builder.column("append_ms", DataTypes.BIGINT()).column("partition", DataTypes.INT())
    builder.column("offset", DataTypes.BIGINT())
    for name in ("key", "value", "origin"):
        builder.column(name, DataTypes.BYTES())
    return builder


def _declaration(settings: JobSettings) -> str:
    """SQL that makes the table of events."""
    options = ",\n".join(f"'{key}' = {literal(value)}" for key, value in _options(settings).items())
    return _EVENTS.format(options=options)


def _options(settings: JobSettings) -> dict[str, str]:
    bounded = {"scan.bounded.mode": "latest-offset"} if settings.stop_at_end else {}
    return {
        "connector": "kafka",
        "topic": settings.events_topic,
        "properties.bootstrap.servers": settings.kafka_bootstrap,
        "properties.group.id": settings.group,
        "scan.startup.mode": _START[settings.start],
        "key.format": "raw",
        "key.fields": "key",
        "value.format": "raw",
        "value.fields-include": "EXCEPT_KEY",
        **{f"properties.{name}": value for name, value in (java(settings) | COMMITTED).items()},
        **bounded,
    }
