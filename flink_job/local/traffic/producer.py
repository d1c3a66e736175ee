"""Messages into Kafka, at a rate or as fast as possible, with an exact count of what was acknowledged.

The producer is idempotent and waits for all replicas, so a retry inside it makes no duplicate and keeps the order of a
user's events.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Delivery

from flink_job.broker import librdkafka
from flink_job.local.traffic.message import Message
from flink_job.settings import JobSettings
from udfs.errors import LogUnavailable
from udfs.events.record import ORIGIN_HEADER

_TIMEOUT_S = 10.0
_FLUSH_S = 60.0
_SERVE_EVERY = 500
_DELIVERY: dict[str, str | int | bool] = {
    "enable.idempotence": True,
    "acks": "all",
    "compression.type": "lz4",
    "linger.ms": 20,
    # Errors only; while a broker starts there are warnings about what is simply tried again.
    "log_level": 3,
    # The partition that a JVM producer would choose for the same key.
    "partitioner": "murmur2_random",
}


class EventProducer:
    """Writes to one topic.

    `acknowledged` counts messages that the log holds, `failed` those that it does not, by error; both may be read
    meanwhile.
    """

    def __init__(self, settings: JobSettings, topic: str, clock: Callable[[], float]) -> None:
        """`clock` gives seconds and only paces. Raises LogUnavailable when the topic is not to be found."""
        self.acknowledged = 0
        self.failed: Counter[str] = Counter()
        self._topic = topic
        self._clock = clock
        self._producer = Producer(librdkafka(settings) | _DELIVERY)
        self._check(settings.kafka_bootstrap)

    def send(self, messages: Iterable[Message], rate: float = 0.0) -> None:
        """Hand over every message; message i is due i / `rate` s after the first, however slow the log is."""
        waiting = iter(messages)
        started = self._clock()
        for number in count():
            if rate:
                self._wait(started + number / rate)
            message = next(waiting, None)
            if message is None:
                return
            self._hand_over(message)
            if number % _SERVE_EVERY == 0:
                self._producer.poll(0)

    def close(self) -> None:
        """Wait until each message is acknowledged or has failed. Raises LogUnavailable when some are neither."""
        left = self._producer.flush(_FLUSH_S)
        if left:
            message = f"{self._topic}: {left} messages without an answer after {_FLUSH_S:.0f} s; is Kafka up?"
            raise LogUnavailable(message)

    def _hand_over(self, message: Message) -> None:
        while True:
            try:
                self._producer.produce(
                    self._topic, message.value, message.key, headers=_headers(message), on_delivery=self._delivered
                )
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as exc:
                self.failed[exc.args[0].str()] += 1
                return
            else:
                return

    def _wait(self, due: float) -> None:
        while (left := due - self._clock()) > 0:
            self._producer.poll(left)

    def _delivered(self, error: KafkaError | None, _: Delivery) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self.failed[error.str()] += 1

    def _check(self, bootstrap: str) -> None:
        try:
            found = self._producer.list_topics(self._topic, _TIMEOUT_S).topics[self._topic]
            if found.error is not None:
                raise KafkaException(found.error)
        except KafkaException as exc:
            trouble = exc.args[0].str()
            message = (
                f"topic {self._topic!r} at {bootstrap}: {trouble}; is Kafka up (`penchant up`) and the topic made?"
            )
            raise LogUnavailable(message) from exc


def _headers(message: Message) -> list[tuple[str, bytes]]:
    return [] if message.origin is None else [(ORIGIN_HEADER, message.origin)]
