"""A replay: which dead letters are sent to the topic of events again, and why others are left.

In: letters. Out: those that are sent, and how many are left for each objection to them.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeAlias

from cql.layers import Generation, deciding
from flink_job.letter import Letter
from udfs.errors import Reason
from udfs.statistics.fold import MAX_EVENTS

Objection: TypeAlias = Callable[[Letter], str]
"""Why a letter is left; empty where it may be sent."""


def parted(found: Iterable[Letter], objections: Sequence[Objection]) -> tuple[list[Letter], Counter[str]]:
    """The letters that are sent, one for each record, and of other records how many are left for what."""
    sent: dict[Hashable, Letter] = {}
    left: dict[Hashable, str] = {}
    for letter in found:
        if why := next(filter(None, (objection(letter) for objection in objections)), ""):
            left[letter.refused] = why
        else:
            sent[letter.refused] = letter
    return list(sent.values()), Counter(why for refused, why in left.items() if refused not in sent)


def unfit(letter: Letter) -> str:
    """What lies in the letter itself: it has no record, a wrong one, or a part of one."""
    if not letter.is_record:
        return "batches that the store refused; mend that, and compute their dates anew"
    if letter.reason is Reason.OTHER_GENERATION:
        return "replays for another generation, which would be their records a second time"
    if letter.is_cut:
        return "cut ones; their records are whole in the log, at the partition and offset that name the letter"
    return ""


def foreign(lineage: Sequence[Generation]) -> Objection:
    """Objects to letters whose records the generation that is meant may count itself.

    `lineage`: that generation and those below it. Of a record the first of these decides that had begun when the log
    took it; where it has not refused it, or no letter tells, the record may be counted.
    """

    def objection(letter: Letter) -> str:
        met = next(deciding(lineage, letter.append_ms), None)
        if met is None or letter.generation == met:
            return ""
        return (
            f"not known to be refused by generation {met}, which has met their records and may count them; if it "
            "does not, --any-generation sends them"
        )

    return objection


class Crowd:
    """Objects to all but the first letters of a user: each becomes a row, which every profile of that user reads."""

    def __init__(self) -> None:
        """Nobody was met yet."""
        self._met: Counter[bytes | None] = Counter()

    def __call__(self, letter: Letter) -> str:
        """Asked once for each letter, and last."""
        self._met[letter.key] += 1
        return f"more than {MAX_EVENTS:,} of one user" if self._met[letter.key] > MAX_EVENTS else ""
