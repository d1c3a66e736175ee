"""The answers: parameters -> question -> rows of a person -> posteriors -> answer. Knows nothing of HTTP."""

import asyncio
from typing import Any, Literal, NamedTuple

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
from api.freshness import Freshness, FreshnessReader
from api.generations import LayersReader
from api.items import ItemReader
from api.model import ModelReader
from api.person import Given, Person, alone
from api.persons import Persons
from api.question import Asker
from api.source import Source
from cql.layers import Layers
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import NothingStored, ObjectionStands, QueryError
from udfs.model.items import Places, places
from udfs.model.posterior import Model, Posteriors
from udfs.model.profile import profile
from udfs.model.question import Question
from udfs.model.score import Score, scores


class Asked(NamedTuple):
    """A question, with the model and the map of generations that its whole answer rests on."""

    question: Question
    model: Model
    layers: Layers

    @property
    def generation(self) -> int:
        """The one that is in force."""
        return self.layers[0].generation


class Service:
    """Answers questions about users of one catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        asker: Asker,
        source: Source,
        persons: Persons,
        layers: LayersReader,
        freshness: FreshnessReader,
        model: ModelReader,
    ) -> None:
        """All of them of the same catalogue and source."""
        self._catalogue = catalogue
        self._asker = asker
        self._source = source
        self._persons = persons
        self._layers = layers
        self._freshness = freshness
        self._model = model
        self._items = ItemReader(catalogue)

    async def profile(self, person: Person, given: Given) -> Profile:
        """What a person likes. Raises QueryError, StoreError or EncodingError."""
        return await self.profile_of(person, await self.asked(given))

    async def profile_of(self, person: Person, asked: Asked) -> Profile:
        """The same for a question that is asked of many users."""
        fresh = await self._freshness.read(asked.generation)
        found = await self._posteriors(person, asked)
        return Profile(
            **self._understood(asked, fresh),
            user_id=person.user_id,
            ids=list(person.others),
            evidence=_evidence(found),
            dimensions=profile(found, asked.question, asked.model.priors.version),
        )

    async def scores(self, person: Person, given: Given, body: bytes) -> Scores:
        """How well items suit a person, best first. Raises QueryError, StoreError or EncodingError."""
        asked = await self.asked(given)
        wanted = self._items.read(body, asked.question.dimensions)
        fresh = await self._freshness.read(asked.generation)
        found = await self._posteriors(person, asked)
        return Scores(
            **self._understood(asked, fresh),
            user_id=person.user_id,
            ids=list(person.others),
            evidence=_evidence(found),
            scores=_scores(found, places(found.start, wanted.items), wanted.sample),
        )

    async def many_scores(self, given: Given, body: bytes) -> ManyScores:
        """How well items suit each of many users. Raises QueryError, StoreError or EncodingError."""
        asked = await self.asked(given)
        wanted = self._items.read_many(body, asked.question.dimensions)
        fresh = await self._freshness.read(asked.generation)
        where = places(asked.model.start(asked.question), wanted.items)
        found = await asyncio.gather(*(self._ranked(user_id, asked, where, wanted.sample) for user_id in wanted.users))
        answers = [one for one in found if one is not None]
        withheld = [user_id for user_id, one in zip(wanted.users, found, strict=True) if one is None]
        return ManyScores(**self._understood(asked, fresh), users=answers, withheld=withheld)

    async def any_user(self, place: int) -> AnyUser:
        """A user whose place among all users follows `place`, any 64-bit number. Raises NothingStored."""
        layers = await self._layers.read()
        found = await self._source.user_after(layers, place) or await self._source.user_after(layers, -(2**63))
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
            self._asker.retention_days,
            [TypeAnswer(kind.name, kind.weight) for kind in catalogue.types],
            [DimensionAnswer(one.name, one.title, one.kind, one.unit, one.path) for one in catalogue.by_name.values()],
        )

    def presets(self) -> list[Preset]:
        """The presets that `preset` may name."""
        return [Preset(name, parameters) for name, parameters in self._asker.presets.by_name.items()]

    async def asked(self, given: Given) -> Asked:
        """The question, and the model that knows the baseline it names. Raises QueryError or StoreError."""
        question, model = self._asker.question(given), await self._model.read()
        if not model.priors.of(question.baseline):
            message = (
                f"{question.baseline!r} is not known to priors {model.priors.version!r}; fit them with --inventory"
            )
            raise QueryError(field="baseline", message=message)
        return Asked(question, model, await self._layers.read())

    async def _ranked(self, user_id: str, asked: Asked, where: Places, sample: int | None) -> UserScores | None:
        try:
            found = await self._posteriors(alone(user_id), asked)
        except ObjectionStands:
            return None
        return UserScores(user_id, _evidence(found), _scores(found, where, sample))

    async def _posteriors(self, person: Person, asked: Asked) -> Posteriors:
        """Ask for freshness before: read after the rows, it could promise more than they hold."""
        question, model, layers = asked
        rows = await self._persons.batches(layers, person.ids, question.first, question.last, question.dimensions)
        return model.posteriors(((row.date, row.cells) for row in rows), question)

    def _understood(self, asked: Asked, fresh: Freshness) -> dict[str, Any]:
        question, model, _ = asked
        return {
            "catalogue": self._catalogue.name,
            "generation": asked.generation,
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


def _evidence(found: Posteriors) -> Literal["none", "some"]:
    return "some" if found.has_evidence else "none"


def _scores(found: Posteriors, where: Places, sample: int | None) -> list[Score]:
    return scores(found, where, None if sample is None else np.random.default_rng(sample))
