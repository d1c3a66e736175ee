"""Dead letters: what was not counted, with its reason and its original bytes, as JSON in the rejected topic.

    {"reason", "detail", "append_ms", "partition", "offset", "key": base64 or null, "value": base64 or null}

Delivered at least once: count letters by distinct (partition, offset). A batch that the store refuses has partition
and offset -1 and carries the batch's payloads as its value.
"""

import msgspec
from pyflink.common import SimpleStringSchema
from pyflink.datastream import MapFunction
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import KafkaRecordSerializationSchema, KafkaSink

from flink_job.settings import MAX_LETTER_BYTES, JobSettings
from udfs.errors import Reason
from udfs.events.record import Record

_records = msgspec.msgpack.Decoder(Record)


class Letter(msgspec.Struct, frozen=True):
    """One dead letter; bytes are base64 in JSON."""

    reason: Reason
    detail: str
    append_ms: int
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None

    def json(self) -> str:
        """The letter as the topic holds it."""
        return msgspec.json.encode(self).decode()


def letter(reason: Reason, detail: str, record: Record) -> Letter:
    """The dead letter of a record."""
    return Letter(reason, detail, record.append_ms, record.partition, record.offset, record.key, record.value)


class WriteLetter(MapFunction):
    """(reason, detail, record as msgpack) -> JSON."""

    def map(self, value: tuple[str, str, bytes]) -> str:
        """Lay out one letter."""
        reason, detail, record = value
        return letter(Reason(reason), detail, _records.decode(record)).json()


def letter_sink(settings: JobSettings) -> KafkaSink:
    """The rejected topic."""
    schema = (
        KafkaRecordSerializationSchema.builder()
        .set_topic(settings.rejected_topic)
        .set_value_serialization_schema(SimpleStringSchema())
        .build()
    )
    return (
        KafkaSink.builder()
        .set_bootstrap_servers(settings.kafka_bootstrap)
        .set_property("max.request.size", str(MAX_LETTER_BYTES))
        .set_delivery_guarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .set_record_serializer(schema)
        .build()
    )
