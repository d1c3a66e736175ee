"""The split: train | validation | test, by date over all users, so that nothing of the future is known to anybody."""

import datetime
from typing import NamedTuple

from udfs.errors import SettingsError
from udfs.events.batch import date_of


class Period(NamedTuple):
    """Days from `first` up to, but not with, `end`; both count from 1970-01-01."""

    first: int
    end: int

    @property
    def dates(self) -> tuple[datetime.date, datetime.date]:
        """The first and the last date."""
        return date_of(self.first), date_of(self.end - 1)


class Split(NamedTuple):
    """Three periods that follow each other."""

    train: Period
    validation: Period
    test: Period


def split(first: int, end: int, held_out: int | None = None) -> Split:
    """Split the days from `first` up to `end`.

    `held_out` days each for validation and test, by default a fifth of all days. Raises SettingsError.
    """
    days = end - first
    held = max(1, days // 5) if held_out is None else held_out
    if days - 2 * held < held:
        message = f"{days} days are too few to hold out {held} for validation and {held} for test; give a longer log"
        raise SettingsError(message)
    border, last = end - 2 * held, end - held
    return Split(Period(first, border), Period(border, last), Period(last, end))
