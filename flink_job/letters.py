"""The way of dead letters out of the job: refused records become letters in the rejected topic.

Delivered at least once, because the letters of an outage that is longer than a transaction of Kafka may last would be
lost: readers take copies of one letter for one (`flink_job.letter.distinct`).
"""

from pyflink.common import Row, SimpleStringSchema
from pyflink.datastream import MapFunction, RuntimeContext
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import KafkaRecordSerializationSchema, KafkaSink

from flink_job.broker import java
from flink_job.letter import letter
from flink_job.metrics import letters
from flink_job.settings import MAX_LETTER_BYTES, JobSettings
from udfs.errors import Reason
from udfs.events.record import Record


class WriteLetter(MapFunction):
    """(reason, detail, *record) -> JSON; counts letters by reason."""

    def __init__(self, generation: int) -> None:
        """`generation`: the one that refuses what comes here."""
        self._generation = generation

    def open(self, runtime_context: RuntimeContext) -> None:
        """Begin to count."""
        self._letters = letters(runtime_context.get_metrics_group())

    def map(self, value: Row) -> str:
        """Lay out one letter."""
        name, detail, *record = value
        reason = Reason(name)
        self._letters[reason].inc()
        return letter(reason, detail, Record(*record), self._generation).json()


def letter_sink(settings: JobSettings) -> KafkaSink:
    """The rejected topic."""
    schema = (
        KafkaRecordSerializationSchema.builder()
        .set_topic(settings.rejected_topic)
        .set_value_serialization_schema(SimpleStringSchema())
        .build()
    )
    builder = (
        KafkaSink.builder()
        .set_bootstrap_servers(settings.kafka_bootstrap)
        .set_property("max.request.size", str(MAX_LETTER_BYTES))
        .set_delivery_guarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .set_record_serializer(schema)
    )
    for name, value in java(settings).items():
        builder.set_property(name, value)
    return builder.build()
