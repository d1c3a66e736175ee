"""The generations of one keyspace and which of them is in force. For commands and the job; the API has `Reader`.

In: new generations, and switches between them. Out: rows of `generations`, and the one row of `generation_in_force`:
a switch is a single write. Every call may raise StoreError.
"""

import datetime
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import msgspec

from cql import statement
from cql.job_report import JobReport, from_json
from cql.layers import Generation, InForce, Layers, State, layers, number_in_force
from cql.people import erasures
from cql.reader import as_generation, as_in_force, as_progress
from cql.rows import fresh_through_ms
from cql.settings import StoreSettings
from cql.store import Store
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import StoreRefused
from udfs.events.batch import instant

_FUTURE_US = 2 * 24 * 3600 * 1_000_000
"""Stamps lie minutes ahead; a build from before 29 November 2026 gave replayed letters the end of their date. A drop is
stamped later than both."""

ORDER = "*"
"""The row of `dimensions` that has the names of all, in order, for a version. Names of dimensions sort behind it."""


class Generations:
    """Makes, switches, drops and lists the generations of one keyspace."""

    def __init__(self, store: Store) -> None:
        """`store` must be open and migrated."""
        self._store = store

    def known(self) -> dict[int, Generation]:
        """Those made on purpose and those that a job has written, by number."""
        made = {one.number: one for one in map(as_generation, self._store.ask("read_generations"))}
        written = {number: Generation(number=number) for (number,) in self._store.ask("list_generations")}
        return dict(sorted((written | made).items()))

    def find(self, number: int) -> Generation:
        """A generation by its number; one without a row was computed from the whole log and has no parent."""
        return self.known().get(number, Generation(number=number))

    def layers(self, number: int) -> Layers:
        """What a reader of a generation has to read."""
        return layers(number, self.known())

    def create(self, wanted: Generation, now: datetime.datetime) -> Generation:
        """Keep a new generation under the next number, at least `wanted.number`. One place at a time."""
        number = max([wanted.number, *(one + 1 for one in self.known())])
        made = msgspec.structs.replace(wanted, number=number, made_at=now)
        since = None if made.since_ms is None else instant(made.since_ms)
        values = (number, made.parent, made.alone_from, since, made.state, made.origin, now)
        self._store.ask("write_generation", *values)
        return made

    def in_force(self) -> InForce | None:
        """What answers rest on; None before the first switch: they rest on the setting then."""
        return next((as_in_force(row) for row in self._store.ask("read_generation_in_force")), None)

    def current(self, first: int) -> int:
        """The generation that answers rest on; `first` before the first switch."""
        return number_in_force(self.in_force(), first)

    def switch(self, number: int, previous: int, now: datetime.datetime) -> None:
        """Let answers rest on a generation from now on. Raises StoreRefused where a switch by a later clock stays."""
        self._store.ask("write_generation_in_force", number, previous, now)
        stays = self.in_force()
        # One from before is no rival: a copy that has not heard of this switch was asked.
        if stays is not None and stays.number != number and stays.switched_at >= now:
            message = (
                f"generation {number} is not in force: {stays.number} stays, which another machine has put in force at "
                f"{stays.switched_at:%F %T}, while the clock of this one says {now:%F %T} (UTC); say it again there, "
                "or here after that time, and set both clocks right: `penchant doctor` compares one with the store's"
            )
            raise StoreRefused(message)

    def versions(self, number: int) -> dict[str, str]:
        """The version of each dimension in a generation; none before a job has begun to write it."""
        return dict(self._store.ask("read_dimensions", number))

    def order(self, number: int) -> list[str]:
        """The dimensions of a generation by their place in the compact event, as far as jobs have told it."""
        return " ".join(names for (names,) in self._store.ask("read_order", number, ORDER)).split()

    def unreadable(self, number: int, catalogue: Catalogue) -> list[str]:
        """Dimensions that would be misread by the catalogue, in a generation or in one below it."""
        kept = [self.versions(layer.generation) for layer in self.layers(number)]
        return list(dict.fromkeys(name for known in kept for name in catalogue.unreadable(known)))

    def lineage(self, number: int) -> list[Generation]:
        """A generation and those below it, newest first."""
        return [self.find(layer.generation) for layer in self.layers(number)]

    def counted_alike(self, number: int, catalogue: Catalogue) -> Layers:
        """The layers of a generation down to the first below it that was counted otherwise than the catalogue says."""
        found = self.layers(number)
        for place, (above, below) in enumerate(pairwise(found), 1):
            # One without a beginning goes on from its parent's state: it cannot be recounted alone.
            if self.find(above.generation).since_ms is not None and not self._is_alike(below.generation, catalogue):
                return found[:place]
        return found

    def fresh_through_ms(self, number: int) -> int | None:
        """The append time through which a generation holds everything; None before its job's first report."""
        return fresh_through_ms(map(as_progress, self._store.ask("read_progress", number)))

    def told(self, number: int) -> JobReport | None:
        """What the job of a generation last told of itself; None before its first report. Raises EncodingError too."""
        return next((from_json(body) for (body,) in self._store.ask("read_job_report", number)), None)

    def erase_again(self, number: int) -> int:
        """Delete what erasures have deleted elsewhere; the number of erasures."""
        delete, erased = self._store.prepare(statement("erase_user")), list(erasures(self._store))
        for user_id, before_ms in erased:
            self._store.execute(delete, (before_ms * 1000 - 1, user_id, number))
        return len(erased)

    def drop(self, number: int, now: datetime.datetime) -> Iterator[int]:
        """Delete all rows of a generation, a partition at a time; yields how many went so far.

        A delete of a whole partition leaves one marker that no read of another generation ever meets. Interrupted, it
        can be called again.
        """
        self._mark(number, "dropping")
        delete, done = self._store.prepare(statement("erase_user")), 0
        stamp = round(now.timestamp() * 1_000_000) + _FUTURE_US
        for user_id, generation in self._store.scan(self._store.prepare(statement("scan_partitions"))):
            if generation == number:
                self._store.execute(delete, (stamp, user_id, number))
                done += 1
                yield done
        self._store.ask("delete_dimensions", number)
        self._store.ask("delete_progress", number)
        self._mark(number, "dropped")

    def _is_alike(self, number: int, catalogue: Catalogue) -> bool:
        # What no job has begun to write was not counted otherwise: all of it is missing.
        known = self.versions(number)
        return not known or catalogue.counts_as(known)

    def _mark(self, number: int, state: State) -> None:
        self._store.ask("write_generation_state", number, state)


def chosen(settings: StoreSettings) -> int:
    """The generation in force, or before the first switch the one of the settings. Opens the store for a moment."""
    with closing(Store.open(settings)) as store:
        return Generations(store).current(settings.generation)


def lineage(settings: StoreSettings, number: int) -> list[Generation]:
    """A generation and those below it, newest first. Opens the store for a moment."""
    with closing(Store.open(settings)) as store:
        return Generations(store).lineage(number)


def check_open(store: Store, number: int) -> None:
    """Raise StoreRefused for a generation that is dropped or being dropped."""
    found = Generations(store).find(number)
    if found.state != "open":
        message = f"generation {number} is {found.state} and its number spent; write into a new one"
        raise StoreRefused(message)
