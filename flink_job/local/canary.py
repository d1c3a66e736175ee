"""The canary: a user of its own for each flight, who sends one event the real way and is then asked for.

In: where the log and the API are, and a key with scope read. Out: seconds from the event's time until the API knows of
it: all that lies between, also the wait for a job that restarts. Flights start on time, however long the last ones
take. What asks must not be what is waited for: the API is asked for dates alone, and the less often the longer the
flight.
"""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import quote

import msgspec

from flink_job.local.traffic.items import Items
from flink_job.local.traffic.message import Rendered, instant, message
from flink_job.local.traffic.producer import EventProducer
from flink_job.settings import JobSettings
from udfs.errors import StackError

BUCKETS_S = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0)
"""Upper bounds of the histogram; the goal is 5 s, at 30 s an alert fires."""

_LOOK_S = 0.05
_LOOK_SHARE = 0.05
"""Between two looks lies this share of the flight so far: by so much, seconds are told too high at most."""
_ASK_S = 2.0
_MOST_FLIGHTS = 64
_NEVER = (401, 403)


class Flight(msgspec.Struct, frozen=True):
    """One event: when it occurred (s since the epoch), and after how many s it was readable; None if it never was."""

    occurred: float
    seconds: float | None


class Place(msgspec.Struct, frozen=True):
    """Where the API is, and a key with scope read."""

    url: str
    key: str

    def question(self, user_id: str, what: str = "profile") -> urllib.request.Request:
        """Asks for a profile, or for something else of a user."""
        url = f"{self.url}/v1/users/{quote(user_id)}/{what}?days=2"
        return urllib.request.Request(url, headers={"Authorization": f"Bearer {self.key}"})


class _Activity(msgspec.Struct):
    days: list[msgspec.Raw]


class Canary:
    """Sends canaries until `close`; `landed` is told of each flight as it ends, in a thread of its own."""

    def __init__(
        self, items: Items, settings: JobSettings, api: Place, patience_s: float, landed: Callable[[Flight], None]
    ) -> None:
        """Connects at once. Raises LogUnavailable. `patience_s`: when a flight is given up."""
        self._items = items
        self._api = api
        self._patience_s = patience_s
        self._landed = landed
        self._producer = EventProducer(settings, settings.events_topic, time.monotonic)
        self._run = f"{time.time_ns():x}"
        self._numbered = 0
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(_MOST_FLIGHTS, "canary")

    def fly(self) -> Future[Flight]:
        """Send one canary now."""
        self._numbered += 1
        who, occurred = f"canary-{self._run}-{self._numbered}", time.time()
        kind, items = self._items.catalogue.types[0].name, self._items.rendered
        event = Rendered(who, who, kind, instant(occurred), items[self._numbered % len(items)])
        self._producer.send([message(event)])
        return self._pool.submit(self._follow, who, occurred)

    def fly_every(self, every_s: float, until: Callable[[], bool]) -> None:
        """Send one canary each `every_s` seconds until told to end. Raises StackError if the API turns them away."""
        due = time.monotonic()
        flights: list[Future[Flight]] = []
        while not until():
            flights = [flight for flight in (*flights, self.fly()) if not _over(flight)]
            due += every_s
            self._stopped.wait(max(0.0, due - time.monotonic()))

    def close(self) -> None:
        """Wait for the flights under way, and disconnect."""
        self._pool.shutdown()
        self._producer.close()
        del self._producer

    def _follow(self, who: str, occurred: float) -> Flight:
        question = self._api.question(who, "activity")
        while (seconds := time.time() - occurred) < self._patience_s:
            if _known(question):
                return self._end(Flight(occurred, time.time() - occurred))
            time.sleep(pause_s(seconds))
        return self._end(Flight(occurred, None))

    def _end(self, flight: Flight) -> Flight:
        self._landed(flight)
        return flight


def pause_s(seconds: float) -> float:
    """How long to wait before the next look at a flight that has taken so long."""
    return max(_LOOK_S, _LOOK_SHARE * seconds)


def quantile(flights: Sequence[Flight], level: float) -> float:
    """Seconds within which that share of the flights was readable; one that never was counts as endless."""
    ranked = sorted(float("inf") if flight.seconds is None else flight.seconds for flight in flights)
    return ranked[min(len(ranked) - 1, int(level * len(ranked)))]


def _over(flight: Future[Flight]) -> bool:
    """Whether it has ended; raises what ended it."""
    return flight.done() and flight.result() is not None


def _known(question: urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(question, timeout=_ASK_S) as answer:
            return bool(msgspec.json.decode(answer.read(), type=_Activity).days)
    except urllib.error.HTTPError as exc:
        if exc.code in _NEVER:
            message = f"the API turns the canary away with status {exc.code}; give it a key with scope read"
            raise StackError(message) from exc
        return False
    except OSError:
        return False
