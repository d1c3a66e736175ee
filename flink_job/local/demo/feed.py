"""The feed: simulated traffic, sent to Kafka from a thread, so that the demo can watch it.

In: items, the kind of traffic and how many messages. Out: a count that grows, and the record of what users were shown.
"""

import threading
import time
from itertools import islice, takewhile

from flink_job.local.traffic.items import Items
from flink_job.local.traffic.producer import EventProducer
from flink_job.local.traffic.shown import Memory
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic
from flink_job.settings import JobSettings


class Feed:
    """Sends `events` messages, or messages until `close` when None."""

    def __init__(self, items: Items, traffic: Traffic, settings: JobSettings) -> None:
        """Connects at once. Raises LogUnavailable."""
        self.shown = Memory()
        self._stream = Stream(items, traffic, time.time, self.shown)
        self._producer = EventProducer(settings, settings.events_topic, time.monotonic)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    @property
    def sent(self) -> int:
        """Messages that the log has acknowledged."""
        return self._producer.acknowledged

    @property
    def running(self) -> bool:
        """Whether messages are still to come. Raises what ended the thread, if anything did."""
        self.check()
        return self._thread is not None and self._thread.is_alive()

    def check(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._failure is not None:
            raise self._failure

    def start(self, events: int | None, rate: float) -> None:
        """Begin to send in the background."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, args=(events, rate), name="feed", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """End after the message under way, and wait until all are acknowledged."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Finish and disconnect."""
        self.finish()
        del self._producer

    def _run(self, events: int | None, rate: float) -> None:
        try:
            messages = takewhile(lambda _: not self._stopped.is_set(), islice(self._stream, events))
            self._producer.send(messages, rate)
            self._producer.close()
        except Exception as exc:
            self._failure = exc
