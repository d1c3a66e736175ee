"""Which events of a batch still count: asked just before the fold, for every batch.

In: a user's batch. Out: its payloads without those that an erasure or an objection excludes. An answer is kept for
seconds: an erasure takes effect five minutes after it was asked for at the soonest, and the rows of the hour in which
an objection was made are deleted under a timestamp that outlasts a late write.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from cql.people import People
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import Batch, Calendar
from udfs.events.exclusion import Spans, kept_joined

_KEPT_S = 10.0
_USERS = 50_000


class Exclude:
    """Remembers the spans of the users that were met last."""

    def __init__(self, people: People, catalogue: Catalogue, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and never goes back."""
        self._people = people
        self._calendar = Calendar(catalogue.time_zone)
        self._clock = clock
        self._spans: OrderedDict[str, tuple[float, Spans]] = OrderedDict()

    async def kept(self, user_id: str, batch: Batch, payloads: str) -> str:
        """The payloads that count, joined by commas; empty where none is left. Raises StoreError."""
        spans = await self._of(user_id)
        return kept_joined(spans, self._calendar, batch, payloads) if spans else payloads

    async def _of(self, user_id: str) -> Spans:
        asked, spans = self._spans.get(user_id, (-1e300, ()))
        now = self._clock()
        if now - asked > _KEPT_S:
            spans = await self._people.spans(user_id)
            self._spans[user_id] = (now, spans)
            self._spans.move_to_end(user_id)
            if len(self._spans) > _USERS:
                self._spans.popitem(last=False)
        return spans
