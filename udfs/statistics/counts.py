"""Counts: how often each key was seen, per type of event. Keys are categories (str) or bin numbers (int).

Exact integers, so sums do not depend on their order. The empty counts are the identity of `merge`.
"""

from typing import Generic, TypeVar

import msgspec

K = TypeVar("K", str, int)
"""What is counted: a category or a bin."""


class Counts(msgspec.Struct, Generic[K], frozen=True):
    """`by_type[code][key]` is a count > 0; trailing empty types are left out, so equal counts compare equal."""

    by_type: tuple[dict[K, int], ...] = ()

    def add(self, code: int, key: K, times: int = 1) -> "Counts[K]":
        """These counts and `times` more of `key` under type `code`."""
        return self.merge(Counts(({},) * code + ({key: times},)))

    def merge(self, other: "Counts[K]") -> "Counts[K]":
        """The sum of both."""
        longer, shorter = sorted((self.by_type, other.by_type), key=len, reverse=True)
        return Counts(tuple(map(_sum, longer, shorter)) + longer[len(shorter) :])

    def scale(self, times: int) -> "Counts[K]":
        """These counts `times` over; times >= 0."""
        return (
            Counts(tuple({k: n * times for k, n in counts.items()} for counts in self.by_type)) if times else Counts()
        )

    @property
    def n(self) -> int:
        """All that was counted."""
        return sum(sum(counts.values()) for counts in self.by_type)


def _sum(a: dict[K, int], b: dict[K, int]) -> dict[K, int]:
    total = dict(a)
    for key, count in b.items():
        total[key] = total.get(key, 0) + count
    return total
