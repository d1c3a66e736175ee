"""What is stored of a person: the history that counts, and the export of everything.

In: a user id. Out: answers made by `api.history`.
"""

import asyncio
import datetime
from collections.abc import Callable, Collection, Mapping

from api.generations import LayersReader
from api.history import Export, Historian, History, Stored
from api.parameters import HISTORY_PARAMETERS
from api.person import Given, Person
from api.persons import Persons
from api.question import Asker
from api.rights import Asking, Rights
from api.source import Source
from cql.people import People
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import QueryError
from udfs.events.exclusion import Span
from udfs.model.question import Question


class Records:
    """Answers for history, activity and export. Every call may raise QueryError, StoreError or EncodingError."""

    def __init__(
        self,
        catalogue: Catalogue,
        asker: Asker,
        source: Source,
        persons: Persons,
        layers: LayersReader,
        rights: Rights,
        clock: Callable[[], float],
    ) -> None:
        """All of the same catalogue and source; `clock` gives seconds since the epoch."""
        self._catalogue = catalogue
        self._asker = asker
        self._source = source
        self._persons = persons
        self._layers = layers
        self._rights = rights
        self._clock = clock
        self._historian = Historian(catalogue)

    async def history(self, person: Person, given: Given) -> History:
        """What counts of a person, by date. Raises ObjectionStands too."""
        return await self._history(person, self._question(given), cells=True)

    async def activity(self, person: Person, given: Given) -> History:
        """Its dates alone. Raises ObjectionStands too."""
        return await self._history(person, self._question(given), cells=False)

    async def export(self, user_id: str, asking: Asking) -> Export:
        """Everything that is stored of a person, under all ids and in every generation; also under an objection."""
        others = (await self._rights.aliases(user_id)).aliases
        people, ids = await self._source.people(), [user_id, *others]
        spans = dict(zip(ids, await asyncio.gather(*map(people.spans, ids)), strict=True))
        unreadable = {
            one: self._catalogue.unreadable(await self._source.versions(one)) for one in await people.generations()
        }
        rows = [row for one in ids for row in await self._stored(people, one, spans[one], unreadable)]
        await self._rights.exported(ids, asking)
        made_at = datetime.datetime.fromtimestamp(self._clock(), datetime.UTC)
        return Export(user_id, others, made_at, self._catalogue.name, spans, rows)

    def _question(self, given: Given) -> Question:
        texts = list(given)
        for name, _ in texts:
            if name not in HISTORY_PARAMETERS:
                raise QueryError(name[:40] or "query", f"is not a parameter; there are {', '.join(HISTORY_PARAMETERS)}")
        return self._asker.question(texts)

    async def _history(self, person: Person, question: Question, *, cells: bool) -> History:
        layers = await self._layers.read()
        # A row is read with one cell at least.
        read = question.dimensions if cells else question.dimensions[:1]
        rows = await self._persons.batches(layers, person.ids, question.first, question.last, read)
        return History(
            user_id=person.user_id,
            ids=list(person.others),
            catalogue=self._catalogue.name,
            generation=layers[0].generation,
            first=question.first,
            last=question.last,
            days=self._historian.days(rows, read if cells else ()),
        )

    async def _stored(
        self, people: People, user_id: str, spans: list[Span], unreadable: Mapping[int, Collection[str]]
    ) -> list[Stored]:
        """Every row; `unreadable` names the dimensions of each generation that this catalogue would misread."""
        return [
            self._historian.stored(user_id, generation, row, names)
            for generation, names in unreadable.items()
            for row in self._persons.counting(await people.stored(user_id, generation), spans)
        ]
