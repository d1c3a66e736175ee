"""The answers: parameters -> question -> one read of the store -> posteriors -> answer. Knows nothing of HTTP."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from api.answers import Decaying, Profile, Scores
from api.connection import Deltas
from api.freshness import Freshness, FreshnessReader
from api.items import ItemReader
from api.question import Asker
from api.settings import ApiSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import QueryError
from udfs.events.batch import Calendar, date_of
from udfs.events.event import MAX_USER_BYTES
from udfs.model.posterior import Posterior, posteriors
from udfs.model.priors import from_catalogue
from udfs.model.profile import profile
from udfs.model.question import Question
from udfs.model.score import scores

Given = Iterable[tuple[str, str]]
"""Query parameters as they came: a name may come twice."""


class Service:
    """Answers questions about users of one catalogue and generation."""

    def __init__(self, settings: ApiSettings, catalogue: Catalogue, deltas: Deltas, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        self._generation = settings.generation
        self._catalogue = catalogue
        self._deltas = deltas
        self._clock = clock
        self._calendar = Calendar(catalogue.time_zone)
        self._asker = Asker(catalogue, settings.retention_days)
        self._items = ItemReader(catalogue)
        self._priors = from_catalogue(catalogue)
        self._freshness = FreshnessReader(deltas, clock, settings.stale_after_seconds)

    async def profile(self, user_id: str, given: Given) -> Profile:
        """What a user likes. Raises QueryError, StoreError or EncodingError."""
        question = self._asker.question(given, self._today())
        fresh, found = await self._posteriors(user_id, question)
        asked = self._asked(user_id, question, fresh, found)
        return Profile(**asked, dimensions=profile(found, question, self._priors.version))

    async def scores(self, user_id: str, given: Given, body: bytes) -> Scores:
        """How well items suit a user, best first. Raises QueryError, StoreError or EncodingError."""
        question = self._asker.question(given, self._today())
        items = self._items.read(body, question.dimensions)
        fresh, found = await self._posteriors(user_id, question)
        asked = self._asked(user_id, question, fresh, found)
        return Scores(**asked, baseline="prior", scores=scores(found, items))

    async def _posteriors(self, user_id: str, question: Question) -> tuple[Freshness, list[Posterior]]:
        _check(user_id)
        # Freshness first: read after the rows, it could promise more than they hold.
        fresh = await self._freshness.read()
        rows = await self._deltas.batches(user_id, question.first, question.last, question.dimensions)
        return fresh, posteriors(self._catalogue, self._priors, ((row.date, row.cells) for row in rows), question)

    def _asked(self, user_id: str, question: Question, fresh: Freshness, found: Sequence[Posterior]) -> dict[str, Any]:
        return {
            "user_id": user_id,
            "catalogue": self._catalogue.name,
            "generation": self._generation,
            "first": question.first,
            "last": question.last,
            "decay": Decaying(question.decay.name, question.decay.parameters),
            "weights": dict(zip(self._catalogue.type_codes, question.weights, strict=True)),
            "level": question.level,
            "fresh_through": fresh.fresh_through,
            "stale": fresh.stale,
            "evidence": "some" if any(posterior.mass.total for posterior in found) else "none",
            "prior": self._priors.version,
        }

    def _today(self) -> datetime.date:
        return date_of(self._calendar.day(round(self._clock() * 1000))[0])


def _check(user_id: str) -> None:
    # A server replaces bytes that are no UTF-8 by U+FFFD, which would read as another user.
    if "\ufffd" in user_id or not 0 < len(user_id.encode(errors="replace")) <= MAX_USER_BYTES:
        message = f"must be 1 to {MAX_USER_BYTES} bytes of UTF-8, percent-encoded in the path"
        raise QueryError(field="user_id", message=message)
