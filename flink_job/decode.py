"""2. decode: a record becomes a compact event or a reject with its reason; nothing vanishes.

In: records. Out: rows (user_id, day, batch_number, payload, reason, detail) and the record's own columns; `reason` is
empty for an event that counts. The function is vectorised and sits in the Table program, so records reach Python by
the thousand, in Arrow, and only what is new comes back: the record stays in the JVM, for the letter that the event
may still become.
"""

from typing import Any, NamedTuple

import pandas
from pyflink.table import DataTypes, FunctionContext, ScalarFunction, StreamTableEnvironment, Table
from pyflink.table.udf import udf

from flink_job.source import RECORD
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import EventRejected
from udfs.events.event import MAX_USER_BYTES, MAX_VALUE_BYTES, Decoder
from udfs.events.record import MAX_ORIGIN_BYTES, Record


class DecodedRow(NamedTuple):
    """What decode adds to a record; `reason` is empty for an event that counts."""

    user_id: str
    day: int
    batch_number: int
    payload: str
    reason: str = ""
    detail: str = ""


_NUMBERS = ("day", "batch_number")
_TYPE = DataTypes.ROW(
    [DataTypes.FIELD(name, DataTypes.INT() if name in _NUMBERS else DataTypes.STRING()) for name in DecodedRow._fields]
)


def _first(column: str, most: int) -> str:
    """SQL for a column that keeps `most` + 1 bytes of what is longer: enough for decode to refuse it."""
    return f"CAST({column} AS VARBINARY({most + 1}))"


# A thousand of the longest records that Kafka takes would not fit into one batch of Arrow.
_DECODED = f"""
SELECT {", ".join(f"event.`{name}`" for name in DecodedRow._fields)}, {RECORD}
FROM (
    SELECT {RECORD}, decode_record(append_ms, `partition`, `offset`, {_first("`key`", MAX_USER_BYTES)},
                            {_first("`value`", MAX_VALUE_BYTES)}, {_first("origin", MAX_ORIGIN_BYTES)}) AS event
    FROM records
)
"""


def decoded(tables: StreamTableEnvironment, records: Table, function: "Decode") -> Table:
    """Decode all records."""
    tables.create_temporary_view("records", records)
    tables.create_temporary_function("decode_record", udf(function, result_type=_TYPE, func_type="pandas"))
    return tables.sql_query(_DECODED)


class Decode(ScalarFunction):
    """Wires `udfs.events.event.Decoder` into the stream."""

    def __init__(self, catalogue: Catalogue, retention_days: int, generation: int) -> None:
        """Only plain values are kept here: they travel to the workers."""
        self._catalogue = catalogue
        self._retention_days = retention_days
        self._generation = generation

    def open(self, function_context: FunctionContext) -> None:
        """Build the decoder in the worker, where its memory of values belongs."""
        self._decode = Decoder(self._catalogue, self._retention_days, self._generation).decode

    def eval(self, *columns: "pandas.Series[Any]") -> pandas.DataFrame:
        """Decode a batch of records, given the columns of `Record`."""
        rows = [self.row(Record(*values)) for values in zip(*(column.tolist() for column in columns), strict=True)]
        return pandas.DataFrame(dict(zip(DecodedRow._fields, zip(*rows, strict=True), strict=True)))

    def row(self, record: Record) -> DecodedRow:
        """Decode one record."""
        try:
            user_id, batch, payload = self._decode(record)
        except EventRejected as rejected:
            return DecodedRow("", 0, 0, "", rejected.reason.value, rejected.detail)
        return DecodedRow(user_id, batch.day, batch.number, payload)
