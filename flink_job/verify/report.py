"""The report of a verification, and its last line."""

from collections.abc import Iterator

import msgspec


class Cells(msgspec.Struct):
    """A cell is the statistic of a (user, date, batch, dimension); `expiring` ones are past or near retention."""

    compared: int = 0
    missing: int = 0
    extra: int = 0
    different: int = 0
    expiring: int = 0

    @property
    def agree(self) -> bool:
        """Whether the store holds exactly what the log says."""
        return not (self.missing or self.extra or self.different)


class Books(msgspec.Struct):
    """produced = counted + duplicate + rejected + capped + excluded, each taken from another place.

    `produced` records are in the log, `counted` events in the store, `rejected` and `capped` are distinct dead
    letters; `duplicate` is what the recount of the log dropped as repeats, `excluded` what it dropped of users who were
    erased or have objected.
    """

    produced: int
    counted: int
    duplicate: int
    rejected: int
    capped: int
    excluded: int = 0

    @property
    def balance(self) -> bool:
        """Whether nothing was lost and nothing counted twice."""
        return self.produced == self.counted + self.duplicate + self.rejected + self.capped + self.excluded


class Report(msgspec.Struct):
    """The outcome of a `share` of all users.

    `letters_wrong` counts dead letters that are missing, extra, or carry another reason; `lacking`, by dimension, rows
    that hold others and not this one.
    """

    cells: Cells
    books: Books
    letters_wrong: int
    reasons: dict[str, int]
    examples: list[str]
    share: float = 1.0
    lacking: dict[str, int] = {}

    @property
    def is_of_nobody(self) -> bool:
        """Whether no user is in the share, so that nothing was compared."""
        return self.share < 1.0 and not self.books.produced

    @property
    def agrees(self) -> bool:
        """Whether log, store and dead letters tell the same."""
        return not self.is_of_nobody and self.cells.agree and self.books.balance and not self.letters_wrong

    def lines(self) -> list[str]:
        """The report for people; the last line is the summary."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(self.reasons.items())) or "none"
        found = [f"not counted, by reason: {reasons}", *self.examples, *self._lacking()]
        return [*found, self._books(), self._summary()]

    def _lacking(self) -> Iterator[str]:
        for name, rows in self.lacking.items():
            yield (
                f"{name}: {rows:,} rows lack it that hold others; where it was added to their generation, events from "
                "before do not count in it, and nothing records since when they do; `penchant reprocess --from DATE` "
                "counts them anew"
            )

    def _books(self) -> str:
        books, sign = self.books, "=" if self.books.balance else "≠"
        return (
            f"books: {books.produced:,} produced {sign} {books.counted:,} counted + {books.duplicate:,} duplicate "
            f"+ {books.rejected:,} rejected + {books.capped:,} capped + {books.excluded:,} excluded; "
            f"{self.letters_wrong} dead letters wrong"
        )

    def _summary(self) -> str:
        cells = self.cells
        verdict = "verified" if self.agrees else "NOT VERIFIED"
        some = f" of {self.share:.4g} of all users" if self.share < 1 else ""
        balance = "the books balance" if self.books.balance else "the books DO NOT balance"
        return (
            f"{verdict}: {cells.compared:,} cells{some} compared, {cells.missing} missing, {cells.extra} extra, "
            f"{cells.different} different; {balance}"
        )
