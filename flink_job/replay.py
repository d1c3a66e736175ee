"""A replay: which dead letters are sent to the topic of events again, and why others are left.

In: letters. Out: those that are sent, and how many are left for each objection to them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from flink_job.letter import Letter
from udfs.errors import Reason
from udfs.statistics.fold import MAX_EVENTS

Objection: TypeAlias = Callable[[Letter], str]
"""Why a letter is left; empty where it may be sent."""


def parted(found: Iterable[Letter], objections: Sequence[Objection]) -> tuple[list[Letter], Counter[str]]:
    """The letters that are sent, and of the others how many are left for what."""
    sent, left = [], Counter[str]()
    for letter in found:
        if why := next(filter(None, (objection(letter) for objection in objections)), ""):
            left[why] += 1
        else:
            sent.append(letter)
    return sent, left


def unfit(letter: Letter) -> str:
    """What lies in the letter itself: it has no record, a wrong one, or a part of one."""
    if not letter.is_record:
        return "batches that the store refused; mend that, and compute their dates anew"
    if letter.reason is Reason.OTHER_GENERATION:
        return "replays for another generation, which would be their records a second time"
    if letter.is_cut:
        return "cut ones; their records are whole in the log, at the partition and offset that name the letter"
    return ""


class Crowd:
    """Objects to all but the first letters of a user: each becomes a row, which every profile of that user reads."""

    def __init__(self) -> None:
        """Nobody was met yet."""
        self._met: Counter[bytes | None] = Counter()

    def __call__(self, letter: Letter) -> str:
        """Asked once for each letter, and last."""
        self._met[letter.key] += 1
        return f"more than {MAX_EVENTS:,} of one user" if self._met[letter.key] > MAX_EVENTS else ""
