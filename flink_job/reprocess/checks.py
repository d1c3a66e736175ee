"""What cannot be exact is refused before anything is made, and the refusal says what to do instead.

In: an order and what log, savepoint and store say. Out: SettingsError, or where a job may begin.
"""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

from flink_job.position import LogPosition
from flink_job.restore import lost
from flink_job.savepoint import offsets
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import SettingsError
from udfs.events.batch import DAY_MS, FILLING_MS, instant


def closed_ms(since_ms: int) -> int:
    """When the batches of the date before are full, of a date whose records begin at append time `since_ms`."""
    return since_ms + FILLING_MS


def check_date(first: datetime.date, since_ms: int, now_ms: int, retention_days: int) -> None:
    """A date must be old enough to be told from the one before, and young enough to be kept."""
    if now_ms < closed_ms(since_ms):
        when = instant(closed_ms(since_ms)).isoformat(timespec="minutes")
        message = f"{first}: batches of the day before fill until {when}; take an earlier date, or wait"
        raise SettingsError(message)
    if now_ms - since_ms > (retention_days + 1) * DAY_MS:
        message = (
            f"{first}: rows are kept for {retention_days} days, so its own would expire at once; take a later date"
        )
        raise SettingsError(message)


def check_parent(first: datetime.date, since_ms: int, parent: int, through_ms: int | None) -> None:
    """Batches before `first` stay the parent's, which holds all until `through_ms`; it must have them whole."""
    if through_ms is not None and through_ms < closed_ms(since_ms):
        message = (
            f"{first}: generation {parent} has not yet read the log up to 7 h into that date, and dates before stay as "
            "it has them; let its job catch up first, or take an earlier date"
        )
        raise SettingsError(message)


def check_form(first: datetime.date, parent: int, unreadable: Sequence[str]) -> None:
    """Batches before `first` stay the parent's, and one answer reads both: they must have one form."""
    if unreadable:
        message = (
            f"{first}: generation {parent} keeps {', '.join(unreadable)} in another form than the catalogue, so dates "
            "before cannot stay as it has them; say --alone for a generation that has none before, from as early as "
            "there is a log or an archive, or restore the catalogue"
        )
        raise SettingsError(message)


def check_versions(savepoint: Path, catalogue: Catalogue, known: Mapping[str, str]) -> None:
    """Events lie in the state as they were decoded then, and older rows stay as they were folded then."""
    if changed := catalogue.foreign(known):
        message = (
            f"{savepoint}: {', '.join(changed)} is of another version in its state than in the catalogue; compute from "
            "a date on: --from DATE"
        )
        raise SettingsError(message)


def check_places(savepoint: Path, catalogue: Catalogue, order: Sequence[str]) -> None:
    """Events in the state have their values by the place of each dimension as it was then."""
    if displaced := catalogue.displaced(order):
        message = (
            f"{savepoint}: {', '.join(displaced)} had another place in its state than in the catalogue; append "
            "dimensions at the end, or compute from a date on: --from DATE"
        )
        raise SettingsError(message)


def held(first: datetime.date, position: LogPosition, since_ms: int) -> dict[int, int]:
    """The offsets at which a date begins, if the log still holds all that comes after."""
    starts, oldest = position.at(since_ms), position.firsts()
    gone = [partition for partition, offset in oldest.items() if 0 < offset >= starts[partition]]
    if gone:
        message = (
            f"{first}: the log no longer holds the beginning of that date in partitions {', '.join(map(str, gone))}; "
            "take a later date, or --from-archive for the dates that it has lost"
        )
        raise SettingsError(message)
    return starts


def covered(savepoint: Path, topic: str, position: LogPosition) -> dict[int, int]:
    """The offsets that a savepoint covers, if the log still holds all that comes after."""
    metadata = savepoint / "_metadata"
    found = offsets(metadata.read_bytes(), topic) if metadata.is_file() else {}
    if not found:
        message = (
            f"{savepoint}: no savepoint of a job that reads {topic!r} lies there; see `penchant savepoint list`, or "
            "compute from a date on: --from DATE"
        )
        raise SettingsError(message)
    if gone := lost(found, position.firsts()):
        message = (
            f"{savepoint}: the log no longer holds what comes after it in partitions {', '.join(map(str, gone))}; "
            "compute from a date on: --from DATE, or --from-archive for the dates that the log has lost"
        )
        raise SettingsError(message)
    return found
