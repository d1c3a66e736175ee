"""2. decode: a record becomes a compact event or a reject with its reason; nothing vanishes.

In: (append_ms, partition, offset, key, value, origin). Out: a row of `DECODED`, whose `reason` is empty for an event
that counts. The record travels along, because the cap behind this step may still turn the event into a dead letter.
"""

import msgspec
from pyflink.common import Row, Types
from pyflink.datastream import MapFunction, RuntimeContext
from pyflink.table import DataTypes, Schema

from udfs.catalogues.catalogue import Catalogue
from udfs.errors import EventRejected, Reason
from udfs.events.event import Decoder
from udfs.events.record import Record

DECODED = Types.ROW_NAMED(
    ["user_id", "day", "batch_number", "payload", "reason", "detail", "record"],
    [
        Types.STRING(),
        Types.INT(),
        Types.INT(),
        Types.STRING(),
        Types.STRING(),
        Types.STRING(),
        Types.PRIMITIVE_ARRAY(Types.BYTE()),
    ],
)


def decoded_schema() -> Schema:
    """The same row for the Table side."""
    builder = Schema.new_builder()
    for name in ("user_id", "payload", "reason", "detail"):
        builder.column(name, DataTypes.STRING().not_null())
    for name in ("day", "batch_number"):
        builder.column(name, DataTypes.INT().not_null())
    return builder.column("record", DataTypes.BYTES().not_null()).build()


class Decode(MapFunction):
    """Wires `udfs.events.event.Decoder` into the stream; counts rejects by reason in Flink's metrics."""

    def __init__(self, catalogue: Catalogue, retention_days: int, generation: int) -> None:
        """Only plain values are kept here: they travel to the workers."""
        self._catalogue = catalogue
        self._retention_days = retention_days
        self._generation = generation

    def open(self, runtime_context: RuntimeContext) -> None:
        """Build the decoder in the worker, where its memory of values belongs."""
        self._decode = Decoder(self._catalogue, self._retention_days, self._generation).decode
        metrics = runtime_context.get_metrics_group().add_group("rejected")
        self._rejected = {reason: metrics.counter(reason.value) for reason in Reason}
        self._pack = msgspec.msgpack.Encoder().encode

    def map(self, value: Row) -> Row:
        """Decode one record."""
        record = Record(*value)
        packed = self._pack(record)
        try:
            event = self._decode(record)
        except EventRejected as rejected:
            self._rejected[rejected.reason].inc()
            return Row("", 0, 0, "", rejected.reason.value, rejected.detail, packed)
        return Row(event.user_id, event.batch.day, event.batch.number, event.payload, "", "", packed)
