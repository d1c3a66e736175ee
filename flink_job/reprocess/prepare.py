"""Before history is computed again: checks, a generation, and the offsets at which its job begins.

In: an order: from a date on, or from a savepoint. Out: the generation, and the settings of the job that writes it. An
order that is given again while its generation is open and not in force is the same order: its job goes on. What cannot
be exact is refused, with what to do instead, before anything is made.
"""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from cql.generations import Generations
from cql.layers import Generation
from flink_job.archive.files import check_covers
from flink_job.progress import LogPosition
from flink_job.restore import check_restore
from flink_job.savepoint import offsets
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.errors import SettingsError
from udfs.events.batch import DAY_MS, HORIZON_MS, HOUR_MS, SKEW_MS, Calendar, day_of

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
        self, settings: JobSettings, generations: Generations, catalogue: Catalogue, now: datetime.datetime
    ) -> None:
        """`settings` as the live job's; `catalogue` as it is now. The parent is what is in force."""
        self._settings = settings
        self._generations = generations
        self._catalogue = catalogue
        self._calendar = Calendar(catalogue.time_zone)
        self._now = now
        current = generations.in_force()
        self._parent = settings.generation if current is None else current.number

    def from_archive(self, directory: Path, first: datetime.date, last: datetime.date) -> Prepared:
        """From a date on, from an archive as far as batches of `last` fill. `after_archive` goes on from there."""
        following = last + datetime.timedelta(days=1)
        since_ms, next_ms = self._begins(first), self._begins(following)
        self._check_date(first, since_ms)
        self._check_date(following, next_ms)
        self._starts(following, next_ms)
        until_ms = next_ms + SKEW_MS + HOUR_MS + HORIZON_MS
        position = LogPosition(self._settings)
        try:
            check_covers(directory, since_ms, position.at(until_ms))
        finally:
            position.close()
        origin = f"archive {directory.absolute()} from {first} to {last}"
        wanted = Generation(number=1, parent=self._parent, alone_from=first, since_ms=since_ms, origin=origin)
        made = self._made(wanted)
        settings = msgspec.structs.replace(
            self._settings,
            generation=made.number,
            start="committed",
            archive=directory.absolute().as_uri(),
            archive_since_ms=since_ms,
            archive_until_ms=until_ms,
        )
        return Prepared(made, settings, {})

    def is_below_another(self, generation: Generation) -> bool:
        """Whether a generation was laid over it already, which is done when it is complete."""
        return any(one.parent == generation.number for one in self._generations.known().values())

    def after_archive(self, archived: Generation, last: datetime.date) -> Prepared:
        """From the log from the day after `last` on, over the generation that an archive has given."""
        self._parent = archived.number
        return self.from_log(last + datetime.timedelta(days=1))

    def from_log(self, first: datetime.date) -> Prepared:
        """From a date on, without state, from what the log still holds."""
        since_ms = self._begins(first)
        self._check_date(first, since_ms)
        self._check_parent(first, since_ms)
        starts = self._starts(first, since_ms)
        origin = f"log from {first}"
        wanted = Generation(number=1, parent=self._parent, alone_from=first, since_ms=since_ms, origin=origin)
        return self._prepared(wanted, starts, None, self._settings.state_ttl_hours)

    def from_savepoint(self, savepoint: Path) -> Prepared:
        """From the state and the offsets of a savepoint that was taken before the bug."""
        self._check_versions(savepoint)
        starts = self._covered(savepoint)
        ttl_hours = self._ttl_hours(starts)
        long_lived = msgspec.structs.replace(self._settings, state_ttl_hours=ttl_hours)
        check_restore(long_lived, str(savepoint), self._now_ms)
        origin = f"savepoint {savepoint.absolute()}"
        wanted = Generation(number=1, parent=self._parent, origin=origin)
        return self._prepared(wanted, starts, savepoint, ttl_hours)

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
        found = next((one for one in self._generations.known().values() if self._continues(one, wanted)), None)
        made = found or self._generations.create(wanted, self._now)
        self._generations.erase_again(made.number)
        return made

    def _continues(self, one: Generation, wanted: Generation) -> bool:
        return one.state == "open" and one.parent == wanted.parent and one.origin == wanted.origin

    def _check_date(self, first: datetime.date, since_ms: int) -> None:
        closed_ms = since_ms + SKEW_MS + HOUR_MS + HORIZON_MS
        if self._now_ms < closed_ms:
            when = datetime.datetime.fromtimestamp(closed_ms / 1000, datetime.UTC).isoformat(timespec="minutes")
            message = f"--from {first}: batches of the day before fill until {when}; take an earlier date, or wait"
            raise SettingsError(message)
        if self._now_ms - since_ms > (self._settings.retention_days + 1) * DAY_MS:
            days = self._settings.retention_days
            message = (
                f"--from {first}: rows are kept for {days} days, so its rows would expire at once; take a later date"
            )
            raise SettingsError(message)

    def _check_parent(self, first: datetime.date, since_ms: int) -> None:
        """Batches before `first` stay the parent's, so it must have them whole."""
        closed_ms = since_ms + SKEW_MS + HOUR_MS + HORIZON_MS
        through_ms = self._generations.fresh_through_ms(self._parent)
        if through_ms is not None and through_ms < closed_ms:
            message = (
                f"--from {first}: generation {self._parent} has not yet read the log up to 7 h into that date, and "
                "dates before stay as it has them; let its job catch up first, or take an earlier date"
            )
            raise SettingsError(message)

    def _starts(self, first: datetime.date, since_ms: int) -> dict[int, int]:
        position = LogPosition(self._settings)
        try:
            starts, oldest = position.at(since_ms), position.firsts()
        finally:
            position.close()
        gone = [partition for partition, offset in oldest.items() if 0 < offset >= starts[partition]]
        if gone:
            message = (
                f"--from {first}: the log no longer holds the beginning of that date in partitions "
                f"{', '.join(map(str, gone))}; take a later date, or --from-archive for the dates that it has lost"
            )
            raise SettingsError(message)
        return starts

    def _check_versions(self, savepoint: Path) -> None:
        """Events lie in the state as they were decoded then, and older rows stay as they were folded then."""
        known = self._generations.versions(self._parent)
        changed = [one.name for one in self._catalogue.dimensions if self._differs(one, known)]
        if changed:
            message = (
                f"--from-savepoint {savepoint}: {', '.join(changed)} in generation {self._parent} and so in the state is "
                "of another version than the catalogue's; compute from a date on: --from DATE"
            )
            raise SettingsError(message)

    def _differs(self, dimension: Dimension, known: Mapping[str, str]) -> bool:
        version = self._catalogue.version(dimension)
        return known.get(dimension.name, version) != version

    def _covered(self, savepoint: Path) -> dict[int, int]:
        metadata, topic = savepoint / "_metadata", self._settings.events_topic
        covered = offsets(metadata.read_bytes(), topic) if metadata.is_file() else {}
        if not covered:
            message = (
                f"--from-savepoint {savepoint}: no savepoint of a job that reads {topic!r} lies there; see "
                "`penchant savepoint list`, or compute from a date on: --from DATE"
            )
            raise SettingsError(message)
        return covered

    def _ttl_hours(self, starts: Mapping[int, int]) -> int:
        """State must outlive the oldest record that is still to be read, with the horizon and the hour of its batch."""
        position = LogPosition(self._settings)
        try:
            behind_ms = max(0, self._now_ms - position.oldest_ms(starts, self._now_ms))
        finally:
            position.close()
        needed = -(-(behind_ms + HORIZON_MS + HOUR_MS) // HOUR_MS) + _SPARE_HOURS
        return max(self._settings.state_ttl_hours, needed)

    def _begins(self, date: datetime.date) -> int:
        """The append time before which no record of a date was taken, ms since the epoch."""
        return self._calendar.start(day_of(date)) - SKEW_MS

    @property
    def _now_ms(self) -> int:
        return round(self._now.timestamp() * 1000)


def _seek(settings: JobSettings, starts: Mapping[int, int]) -> None:
    position = LogPosition(settings)
    try:
        position.seek(starts)
    finally:
        position.close()
