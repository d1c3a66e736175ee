"""Before history is computed again: checks, a generation, and the offsets at which its job begins.

In: an order: from a date on, or from a savepoint. Out: the generation, and the settings of the job that writes it. An
order that is given again while its generation is open, and neither in force nor below what is, is the same order: its
job goes on. What cannot be exact is refused, with what to do instead, before anything is made.
"""

import datetime
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from cql.generations import Generations
from cql.layers import Generation
from flink_job.archive.files import check_covers, ends
from flink_job.notation import uri
from flink_job.position import LogPosition
from flink_job.reprocess.checks import (
    check_date,
    check_form,
    check_parent,
    check_places,
    check_versions,
    closed_ms,
    covered,
    held,
)
from flink_job.restore import check_restore
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import SettingsError
from udfs.events.batch import FILLING_MS, HOUR_MS, SKEW_MS, Calendar, day_of

_SPARE_HOURS = 24
"""How much longer than needed state lives that goes on from a savepoint: for outages on the way."""


class Prepared(NamedTuple):
    """A generation, and a job with `settings` that begins at `starts`, with the state of `savepoint` if given."""

    generation: Generation
    settings: JobSettings
    starts: Mapping[int, int]
    savepoint: Path | None = None


class Preparer:
    """Prepares orders for one keyspace. Every call may raise SettingsError, LogUnavailable or StoreError."""

    def __init__(
        self,
        settings: JobSettings,
        generations: Generations,
        catalogue: Catalogue,
        now: datetime.datetime,
        *,
        alone: bool = False,
    ) -> None:
        """`settings` as the live job's; `catalogue` as it is now. The parent is that in force, or none if `alone`."""
        self._settings = settings
        self._generations = generations
        self._catalogue = catalogue
        self._calendar = Calendar(catalogue.time_zone)
        self._now = now
        current = generations.current(settings.generation)
        self._served = {layer.generation for layer in generations.layers(current)}
        self._parent = None if alone else current

    def from_archive(self, directory: Path, first: datetime.date, last: datetime.date) -> Prepared:
        """From a date on, from an archive as far as batches of `last` fill. `after_archive` goes on from there."""
        following = last + datetime.timedelta(days=1)
        since_ms = self._since_ms(first)
        self._check_parent(first, since_ms)
        until_ms = closed_ms(self._since_ms(following))
        with closing(LogPosition(self._settings)) as position:
            held(following, position, self._since_ms(following))
            check_covers(directory, since_ms, position.unread(ends(directory), position.at(until_ms)))
        origin = f"archive {directory.absolute()} from {first} to {last}"
        wanted = Generation(number=1, parent=self._parent, alone_from=first, since_ms=since_ms, origin=origin)
        made = self._made(wanted)
        settings = msgspec.structs.replace(
            self._settings,
            generation=made.number,
            start="committed",
            archive=uri(directory),
            archive_since_ms=since_ms,
            archive_until_ms=until_ms,
        )
        return Prepared(made, settings, {})

    def is_archived(self, generation: Generation) -> bool:
        """Whether its job has run: one is laid over it when that is complete, or before any has run, by `--prepare`."""
        is_below = any(one.parent == generation.number for one in self._generations.known().values())
        return is_below and bool(self._generations.versions(generation.number))

    def after_archive(self, archived: Generation, last: datetime.date) -> Prepared:
        """From the log from the day after `last` on, over the generation that an archive has given."""
        self._parent = archived.number
        return self.from_log(last + datetime.timedelta(days=1))

    def from_log(self, first: datetime.date) -> Prepared:
        """From a date on, without state, from what the log still holds."""
        since_ms = self._since_ms(first)
        self._check_parent(first, since_ms)
        with closing(LogPosition(self._settings)) as position:
            starts = held(first, position, since_ms)
        origin = f"log from {first}"
        wanted = Generation(number=1, parent=self._parent, alone_from=first, since_ms=since_ms, origin=origin)
        return self._prepared(wanted, starts, None, self._settings.state_ttl_hours)

    def from_savepoint(self, savepoint: Path) -> Prepared:
        """From the state and the offsets of a savepoint that was taken before the bug."""
        if self._parent is None:
            message = f"{savepoint}: its state goes on from what is below it, so it cannot be --alone; see --from DATE"
            raise SettingsError(message)
        check_versions(savepoint, self._catalogue, self._generations.versions(self._parent))
        check_places(savepoint, self._catalogue, self._generations.order(self._parent))
        with closing(LogPosition(self._settings)) as position:
            starts = covered(savepoint, self._settings.events_topic, position)
            ttl_hours = self._ttl_hours(position.oldest_ms(starts, self._now_ms))
        long_lived = msgspec.structs.replace(self._settings, state_ttl_hours=ttl_hours)
        check_restore(long_lived, str(savepoint), self._now_ms)
        origin = f"savepoint {savepoint.absolute()}"
        wanted = Generation(number=1, parent=self._parent, origin=origin)
        return self._prepared(wanted, starts, savepoint, ttl_hours)

    def _check_parent(self, first: datetime.date, since_ms: int) -> None:
        if self._parent is not None:
            check_form(first, self._parent, self._generations.unreadable(self._parent, self._catalogue))
            check_parent(first, since_ms, self._parent, self._generations.fresh_through_ms(self._parent))

    def _prepared(
        self, wanted: Generation, starts: Mapping[int, int], savepoint: Path | None, ttl_hours: int
    ) -> Prepared:
        made = self._made(wanted)
        settings = msgspec.structs.replace(
            self._settings, generation=made.number, start="committed", state_ttl_hours=ttl_hours
        )
        _seek(settings, starts)
        return Prepared(made, settings, starts, savepoint)

    def _made(self, wanted: Generation) -> Generation:
        """The generation of an order, made where it was not given before."""
        known = self._generations.known().values()
        same = [one for one in known if (one.parent, one.origin) == (wanted.parent, wanted.origin)]
        # Those before the newest may have been in force once.
        found = next(filter(self._goes_on, same[-1:]), None)
        made = found or self._generations.create(wanted, self._now)
        self._generations.erase_again(made.number)
        return made

    def _goes_on(self, one: Generation) -> bool:
        return one.state == "open" and one.number not in self._served

    def _ttl_hours(self, oldest_ms: int) -> int:
        """State must outlive the oldest record that is still to be read, by as long as its batch has filled."""
        behind_ms = max(0, self._now_ms - oldest_ms)
        needed = -(-(behind_ms + FILLING_MS) // HOUR_MS) + _SPARE_HOURS
        return max(self._settings.state_ttl_hours, needed)

    def _since_ms(self, first: datetime.date) -> int:
        """The append time before which no record of a date was taken, of one that can be computed from."""
        since_ms = self._calendar.start(day_of(first)) - SKEW_MS
        check_date(first, since_ms, self._now_ms, self._settings.retention_days)
        return since_ms

    @property
    def _now_ms(self) -> int:
        return round(self._now.timestamp() * 1000)


def _seek(settings: JobSettings, starts: Mapping[int, int]) -> None:
    with closing(LogPosition(settings)) as position:
        position.seek(starts)
