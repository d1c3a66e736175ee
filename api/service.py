"""The answers: parameters -> question -> rows of a person -> posteriors -> answer. Knows nothing of HTTP."""

import asyncio
import datetime
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from api.answers import (
    AnyUser,
    CatalogueAnswer,
    Decaying,
    DimensionAnswer,
    ManyScores,
    Preset,
    Profile,
    Scores,
    TypeAnswer,
    UserScores,
)
from api.connection import Source
from api.freshness import Freshness, FreshnessReader
from api.items import ItemReader, ToScore
from api.model import ModelReader
from api.person import Given, Person, alone
from api.persons import Persons
from api.presets import load as load_presets
from api.question import Asker
from api.settings import ApiSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import NothingStored, ObjectionStands, QueryError
from udfs.events.batch import Calendar, date_of
from udfs.model.posterior import Model, Posteriors
from udfs.model.profile import profile
from udfs.model.question import Question
from udfs.model.score import Score, scores


class Service:
    """Answers questions about users of one catalogue and generation."""

    def __init__(self, settings: ApiSettings, catalogue: Catalogue, source: Source, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch. Raises SettingsError for presets that cannot be asked."""
        self._generation = settings.generation
        self._retention_days = settings.retention_days
        self._catalogue = catalogue
        self._source = source
        self._clock = clock
        self._calendar = Calendar(catalogue.time_zone)
        self._persons = Persons(source, self._calendar)
        self._presets = load_presets(settings.presets)
        self._asker = Asker(catalogue, settings.retention_days, self._presets)
        self._asker.check_presets(self._today())
        self._items = ItemReader(catalogue)
        self._model = ModelReader(source, catalogue, clock)
        self._freshness = FreshnessReader(source, clock, settings.stale_after_seconds)

    async def profile(self, person: Person, given: Given) -> Profile:
        """What a person likes. Raises QueryError, StoreError or EncodingError."""
        question, model = await self._asked(given)
        fresh = await self._freshness.read()
        found = await self._posteriors(person, question, model)
        return Profile(
            **self._understood(question, model, fresh),
            user_id=person.user_id,
            ids=list(person.others),
            evidence=_evidence(found),
            dimensions=profile(found, question, model.priors.version),
        )

    async def scores(self, person: Person, given: Given, body: bytes) -> Scores:
        """How well items suit a person, best first. Raises QueryError, StoreError or EncodingError."""
        question, model = await self._asked(given)
        wanted = self._items.read(body, question.dimensions)
        fresh = await self._freshness.read()
        found = await self._posteriors(person, question, model)
        return Scores(
            **self._understood(question, model, fresh),
            user_id=person.user_id,
            ids=list(person.others),
            evidence=_evidence(found),
            scores=_scores(found, wanted),
        )

    async def many_scores(self, given: Given, body: bytes) -> ManyScores:
        """How well items suit each of many users. Raises QueryError, StoreError or EncodingError."""
        question, model = await self._asked(given)
        wanted = self._items.read_many(body, question.dimensions)
        fresh = await self._freshness.read()
        found = await asyncio.gather(*(self._ranked(user_id, question, model, wanted) for user_id in wanted.users))
        answers = [one for one in found if one is not None]
        withheld = [user_id for user_id, one in zip(wanted.users, found, strict=True) if one is None]
        return ManyScores(**self._understood(question, model, fresh), users=answers, withheld=withheld)

    async def any_user(self, place: int) -> AnyUser:
        """A user whose place among all users follows `place`, any 64-bit number. Raises NothingStored."""
        found = await self._source.user_after(place) or await self._source.user_after(-(2**63))
        if found is None:
            message = "nothing is stored of anybody yet"
            raise NothingStored(message)
        return AnyUser(found)

    def catalogue(self) -> CatalogueAnswer:
        """What can be asked here."""
        catalogue = self._catalogue
        return CatalogueAnswer(
            catalogue.name,
            catalogue.item,
            catalogue.time_zone,
            self._retention_days,
            [TypeAnswer(kind.name, kind.weight) for kind in catalogue.types],
            [DimensionAnswer(one.name, one.title, one.kind, one.unit, one.path) for one in catalogue.by_name.values()],
        )

    def presets(self) -> list[Preset]:
        """The presets that `preset` may name."""
        return [Preset(name, parameters) for name, parameters in self._presets.by_name.items()]

    async def _asked(self, given: Given) -> tuple[Question, Model]:
        """The question, and the model that knows the baseline it names."""
        question, model = self._asker.question(given, self._today()), await self._model.read()
        if not model.priors.of(question.baseline):
            message = (
                f"{question.baseline!r} is not known to priors {model.priors.version!r}; fit them with --inventory"
            )
            raise QueryError(field="baseline", message=message)
        return question, model

    async def _ranked(self, user_id: str, question: Question, model: Model, wanted: ToScore) -> UserScores | None:
        try:
            found = await self._posteriors(alone(user_id), question, model)
        except ObjectionStands:
            return None
        return UserScores(user_id, _evidence(found), _scores(found, wanted))

    async def _posteriors(self, person: Person, question: Question, model: Model) -> Posteriors:
        """Ask for freshness before: read after the rows, it could promise more than they hold."""
        rows = await self._persons.batches(person.ids, question.first, question.last, question.dimensions)
        return model.posteriors(((row.date, row.cells) for row in rows), question)

    def _understood(self, question: Question, model: Model, fresh: Freshness) -> dict[str, Any]:
        return {
            "catalogue": self._catalogue.name,
            "generation": self._generation,
            "first": question.first,
            "last": question.last,
            "preset": question.preset,
            "decay": Decaying(question.decay.name, question.decay.parameters),
            "weights": dict(zip(self._catalogue.type_codes, question.weights, strict=True)),
            "level": question.level,
            "fresh_through": fresh.fresh_through,
            "stale": fresh.stale,
            "prior": model.priors.version,
            "baseline": question.baseline,
        }

    def _today(self) -> datetime.date:
        return date_of(self._calendar.day(round(self._clock() * 1000))[0])


def _evidence(found: Posteriors) -> Literal["none", "some"]:
    return "some" if found.has_evidence else "none"


def _scores(found: Posteriors, wanted: ToScore) -> list[Score]:
    rng = None if wanted.sample is None else np.random.default_rng(wanted.sample)
    return scores(found, wanted.items, rng)
