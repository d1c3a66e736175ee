"""The stream of messages: sessions of many users, interleaved, with the disorder of real logs.

In: `Traffic`, the items and a clock. Out: messages without end, one per reading of the clock, so that the time of day,
its pace and its end are the caller's: `time.time` for live traffic, `rhythm.history` for weeks past. Same settings and
same values of the clock, same bytes.

A number of sessions are open at once; each message is the next step of one of them, so a user's think time is that
number divided by the rate. A very active user may have several open at once, otherwise a fast stream would flatten the
Zipf curve.
"""

import hashlib
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from flink_job.local.traffic.columns import columns
from flink_job.local.traffic.crawlers import Crawlers
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.listings import Listings, zipf
from flink_job.local.traffic.malformed import Malformed
from flink_job.local.traffic.message import Message, Rendered, instant, message
from flink_job.local.traffic.sessions import Page, Session, Sessions, Step
from flink_job.local.traffic.shown import Shown, Watcher
from flink_job.local.traffic.traffic import Traffic

THINK_S = 20.0
"""Time between two events of a session, if there are users enough for the rate."""
ACTIVITY, ACTIVITY_OFFSET = 1.0, 10.0
"""Users' activity follows a Zipf-Mandelbrot law with this exponent and offset of the rank."""
_RECENT = 2_000
_PREPARED = 64
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3_600.0, 86_400.0


class Stream:
    """An endless iterator of messages.

    `tally` counts what was made: `events` + `duplicates` + each `malformed.<reason>` = all messages; of the events,
    those that are `late` or `out_of_order` or were `crawled`.
    """

    def __init__(
        self, items: Items, traffic: Traffic, clock: Callable[[], float], watcher: Watcher | None = None
    ) -> None:
        """`clock` gives s since the epoch; `watcher` is told of every list that is shown."""
        self.tally: Counter[str] = Counter()
        self._items, self._traffic, self._clock, self._watcher = items, traffic, clock, watcher
        self._chance = random.Random(f"{traffic.seed}/{traffic.run}")
        self._rng = np.random.default_rng([traffic.seed, _hash(traffic.run)])
        self._types = [kind.name for kind in items.catalogue.types]
        self._sessions = _sessions(items, traffic)
        self._open: list[list[Step]] = [[] for _ in range(open_sessions(traffic))]
        self._activity = zipf(traffic.users, ACTIVITY, ACTIVITY_OFFSET)
        self._successors: Counter[int] = Counter()
        self._crawlers = Crawlers(traffic.crawlers, len(items.ids))
        self._malformed = Malformed(items.catalogue)
        self._recent: deque[Message] = deque(maxlen=_RECENT)
        self._prepared: list[Session] = []
        self._numbered = 0

    def __iter__(self) -> Iterator[Message]:
        """The stream itself."""
        return self

    def __next__(self) -> Message:
        """The next message, at the time that the clock gives."""
        at = self._clock()
        chance = self._chance.random() - self._traffic.duplicates
        if chance < 0 and self._recent:
            return self._duplicate()
        chance -= self._traffic.malformed
        if chance < 0 and self._recent:
            return self._spoiled()
        chance -= self._traffic.crawlers * self._traffic.crawler_share
        return self._crawled(at) if chance < 0 and self._traffic.crawlers else self._stepped(at)

    def _duplicate(self) -> Message:
        self.tally["duplicates"] += 1
        return self._recent[self._chance.randrange(len(self._recent))]

    def _spoiled(self) -> Message:
        # A fresh event id, so that a record that slips through is counted and not taken for a duplicate.
        event = msgspec.json.decode(self._recent[-1].value or b"") | {"event_id": self._event_id()}
        reason, spoiled = self._malformed.spoil(event)
        self.tally[f"malformed.{reason}"] += 1
        return spoiled

    def _crawled(self, at: float) -> Message:
        self.tally["crawled"] += 1
        who, position = self._crawlers.visit()
        return self._event(who, self._types[0], at, position)

    def _stepped(self, at: float) -> Message:
        step = self._step(at)
        if step.page and self._watcher:
            self._watcher(self._shown(step.user_id, step.page, at))
        return self._event(step.user_id, self._types[step.code], at - self._delay(), step.item)

    def _event(self, who: str, kind: str, occurred: float, position: int) -> Message:
        self.tally["events"] += 1
        event = Rendered(self._event_id(), who, kind, instant(occurred), self._items.rendered[position])
        made = message(event)
        self._recent.append(made)
        return made

    def _delay(self) -> float:
        """How long before now an event occurred, in s: mostly 0."""
        chance = self._chance.random() - self._traffic.late
        if chance < 0:
            self.tally["late"] += 1
            return _DAY_S + self._chance.uniform(0, _HOUR_S)
        if chance < self._traffic.out_of_order:
            self.tally["out_of_order"] += 1
            return self._chance.uniform(_MINUTE_S, 10 * _MINUTE_S)
        return 0.0

    def _step(self, at: float) -> Step:
        place = int(self._chance.random() * len(self._open))
        if not self._open[place]:
            self._open[place] = self._session(at).steps[::-1]
        return self._open[place].pop()

    def _session(self, at: float) -> Session:
        if not self._prepared:
            ranks = np.searchsorted(self._activity, self._rng.random(_PREPARED)).tolist()
            numbers = [rank + self._successors[rank] * self._traffic.users for rank in ranks]
            self._prepared = self._sessions.play(numbers, at, self._rng)[::-1]
        session = self._prepared.pop()
        if session.user.stops and any(step.code == len(self._types) - 1 for step in session.steps):
            self._replace(session.user.number)
        return session

    def _replace(self, number: int) -> None:
        """The user has bought and opens no further session; another one with a taste of their own takes the place."""
        generation, rank = divmod(number, self._traffic.users)
        self._successors[rank] = max(self._successors[rank], generation + 1)

    def _shown(self, user_id: str, page: Page, at: float) -> Shown:
        ids = self._items.ids
        return Shown(user_id, instant(at), [ids[i] for i in page.shown], [ids[i] for i in page.chosen])

    def _event_id(self) -> str:
        self._numbered += 1
        return f"{self._traffic.seed}-{self._traffic.run}-{self._numbered}"


def open_sessions(traffic: Traffic) -> int:
    """How many sessions are open at once: enough for the rate, at most a quarter of the users."""
    most = max(1, traffic.users // 4)
    return min(most, max(1, round(traffic.rate * THINK_S))) if traffic.rate else most


def _sessions(items: Items, traffic: Traffic) -> Sessions:
    matrices = columns(items)
    listings = Listings(matrices, traffic.seed, traffic.list_size)
    return Sessions(matrices, listings, traffic.seed, len(items.catalogue.types))


def _hash(token: str) -> int:
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest())
