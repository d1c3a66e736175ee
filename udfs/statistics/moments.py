"""Moments: n, sum and sum of squares of scaled integers, per type of event.

The sums are exact integers of any size, so they do not depend on the order of their terms and lose nothing; mean and
squared deviation are derived on read, by `M2 = squares - sum^2 / n` in integers before any float appears
(`udfs.model.evidence`).
"""

from typing import NamedTuple

import msgspec


class Moment(NamedTuple):
    """n observations with their sum and sum of squares."""

    n: int = 0
    total: int = 0
    squares: int = 0


class Moments(msgspec.Struct, frozen=True):
    """`by_type[code]` is a type's moment; trailing empty types are left out, so equal moments compare equal."""

    by_type: tuple[Moment, ...] = ()

    def add(self, code: int, value: int, times: int = 1) -> "Moments":
        """These moments and `value` observed `times` more under type `code`."""
        return self.merge(Moments((Moment(),) * code + (Moment(times, value * times, value * value * times),)))

    def merge(self, other: "Moments") -> "Moments":
        """The sum of both."""
        longer, shorter = sorted((self.by_type, other.by_type), key=len, reverse=True)
        return Moments(tuple(map(_sum, longer, shorter)) + longer[len(shorter) :])

    def scale(self, times: int) -> "Moments":
        """These moments `times` over; times >= 0."""
        return (
            Moments(tuple(Moment(*(part * times for part in moment)) for moment in self.by_type))
            if times
            else Moments()
        )

    @property
    def n(self) -> int:
        """All observations."""
        return sum(moment.n for moment in self.by_type)


def _sum(a: Moment, b: Moment) -> Moment:
    return Moment(a.n + b.n, a.total + b.total, a.squares + b.squares)
