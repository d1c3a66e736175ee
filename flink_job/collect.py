"""3. collect: the payloads of each (user, date, batch), grouped in checkpointed JVM state; and the cap in front of it.

In: decoded rows. Out: an upsert per changed batch and micro-batch with all payloads joined by commas, and the rows
that do not count. Two keyed steps, both in SQL because Python state costs a round trip per access: a running count
that numbers a batch's records in offset order (a user has one partition), and LISTAGG over the first `MAX_EVENTS` of
them. LISTAGG drops nulls and keeps empty strings; payloads are neither.

No payload becomes a string of Java's on the way: to make it and to take it apart again cost more than the state did.
"""

from typing import NamedTuple

from pyflink.datastream import DataStream
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes, Schema, StreamTableEnvironment, Table
from pyflink.table.changelog_mode import ChangelogMode

from flink_job.source import RECORD, with_record
from udfs.errors import Reason
from udfs.statistics.fold import MAX_EVENTS

# The record of an event that counts ends here: only letters need it.
_PLACED = f"""
SELECT user_id, `day`, batch_number, payload, reason, detail, place,
       append_ms, `partition`, `offset`,
       CASE WHEN counts THEN CAST(NULL AS BYTES) ELSE `key` END AS `key`,
       CASE WHEN counts THEN CAST(NULL AS BYTES) ELSE `value` END AS `value`,
       CASE WHEN counts THEN CAST(NULL AS BYTES) ELSE origin END AS origin
FROM (SELECT *, reason = '' AND place <= {MAX_EVENTS} AS counts
      FROM (SELECT *, COUNT(*) OVER (PARTITION BY user_id, `day`, batch_number ORDER BY arrival
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place
            FROM (SELECT *, PROCTIME() AS arrival FROM decoded)))
"""

_COLLECTED = f"""
SELECT user_id, `day`, batch_number, CAST(payloads AS BYTES) AS payloads
FROM (SELECT user_id, `day`, batch_number, LISTAGG(payload) AS payloads
      FROM placed
      WHERE reason = '' AND place <= {MAX_EVENTS}
      GROUP BY user_id, `day`, batch_number)
"""

_REFUSED = f"""
SELECT CASE WHEN reason = '' THEN '{Reason.CAPPED.value}' ELSE reason END,
       CASE WHEN reason = ''
            THEN CONCAT('event ', CAST(place AS STRING), ' of its batch; {MAX_EVENTS} count') ELSE detail END,
       {RECORD}
FROM placed
WHERE reason <> '' OR place > {MAX_EVENTS}
"""


class Collected(NamedTuple):
    """`batches`: rows (user_id, day, batch_number, payloads as bytes); `refused`: rows (reason, detail, *record)."""

    batches: DataStream
    refused: DataStream


def collect(tables: StreamTableEnvironment, decoded: Table) -> Collected:
    """Group decoded events by batch."""
    tables.create_temporary_view("decoded", decoded)
    # The count becomes a stream before it is used twice: planned inside both queries, all before it would run twice.
    placed = _as_held(tables, tables.sql_query(_PLACED))
    tables.create_temporary_view("placed", placed, _placed_schema())
    batches = tables.to_changelog_stream(tables.sql_query(_COLLECTED), _batch_schema(), ChangelogMode.upsert())
    return Collected(batches, tables.to_data_stream(tables.sql_query(_REFUSED)))


def _as_held(tables: StreamTableEnvironment, table: Table) -> DataStream:
    """The rows of a table as Flink itself holds them; `to_data_stream` would make Java's objects of them.

    Only for a view: an operator of ours could not keep such a row, and a view's schema has to name its very types.
    """
    types = get_gateway().jvm.org.apache.flink.table.types.utils.DataTypeUtils
    row = types.toInternalDataType(table._j_table.getResolvedSchema().toPhysicalRowDataType())
    return DataStream(tables._j_tenv.toDataStream(table._j_table, row))


def _placed_schema() -> Schema:
    builder = _key_columns()
    for name in ("payload", "reason", "detail"):
        builder.column(name, DataTypes.STRING().not_null())
    return with_record(builder.column("place", DataTypes.BIGINT().not_null())).build()


def _batch_schema() -> Schema:
    # NOT NULL keys and a primary key are what lets the planner emit plain upserts, without a materializing sink.
    return _key_columns().column("payloads", DataTypes.BYTES()).primary_key("user_id", "day", "batch_number").build()


def _key_columns() -> Schema.Builder:
    builder = Schema.new_builder().column("user_id", DataTypes.STRING().not_null())
    return builder.column("day", DataTypes.INT().not_null()).column("batch_number", DataTypes.INT().not_null())
