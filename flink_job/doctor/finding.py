"""A finding: one thing that was looked at, and how to mend it where it must be mended."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from udfs.errors import PenchantError


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """`part` is where it was found. `mend` is a thing to do, and only there where something is wrong."""

    part: Literal["log", "store", "flink", "api"]
    says: str
    mend: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing need be done."""
        return not self.mend


def guarded(part: Literal["log", "store", "flink", "api"], findings: Iterator[Finding], mend: str) -> Iterator[Finding]:
    """The findings; an error of ours ends them with one that says it, and `mend`."""
    try:
        yield from findings
    except PenchantError as exc:
        yield Finding(part, str(exc), mend)


def clock(part: Literal["log", "store"], ahead_ms: float, most_ms: float) -> Finding:
    """How far a clock is ahead of ours; more than `most_ms` either way must be mended."""
    says = f"its clock is {abs(ahead_ms) / 1000:.1f} s {'ahead of' if ahead_ms > 0 else 'behind'} this one"
    return Finding(part, says, "" if abs(ahead_ms) <= most_ms else "let NTP set the clocks of all machines")
