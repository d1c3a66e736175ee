"""What changed from one generation to another, per dimension.

In: the rows that count in each. Out: how many cells are the same, and of those that are not, which categories (or bins
of a number) gained and lost most, and some of the users. Rows of the first are kept in memory: compare a sample of
users where there are many.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from cql.rows import StoredRow
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.statistics.counts import Counts
from udfs.statistics.encoding import decode

_MOVES = 5
_USERS = 10


class Move(msgspec.Struct, frozen=True):
    """A category, or a bin, whose observations became more or fewer by `change`."""

    key: str
    change: int


class Changed(msgspec.Struct):
    """Cells of one dimension: a cell is the statistic of a (user, date, batch)."""

    same: int = 0
    different: int = 0
    only_first: int = 0
    only_second: int = 0
    moves: list[Move] = []


class Difference(msgspec.Struct, frozen=True):
    """`users` are some of those whose cells differ, out of `users_changed`."""

    dimensions: dict[str, Changed]
    users_changed: int
    users: list[str]

    def lines(self) -> list[str]:
        """The difference for people."""
        rows = [_line(name, changed) for name, changed in self.dimensions.items()]
        some = f", such as {', '.join(self.users)}" if self.users else ""
        return [*rows, f"{self.users_changed:,} users differ{some}"]


def difference(first: Iterable[StoredRow], second: Iterable[StoredRow], catalogue: Catalogue) -> Difference:
    """Compare everything. Raises EncodingError."""
    found = _Comparison(catalogue)
    held = {row.key: row.cells for row in first}
    for row in second:
        found.take(row.key.user_id, held.pop(row.key, {}), row.cells)
    for key, cells in held.items():
        found.take(key.user_id, cells, {})
    return found.result()


class _Comparison:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._changed = {dimension.name: Changed() for dimension in catalogue.dimensions}
        self._moved: dict[str, Counter[str]] = {name: Counter() for name in self._changed}
        self._users: set[str] = set()

    def take(self, user_id: str, first: Mapping[str, bytes], second: Mapping[str, bytes]) -> None:
        for dimension in self._catalogue.dimensions:
            one, other = first.get(dimension.name), second.get(dimension.name)
            if one != other:
                self._users.add(user_id)
                self._differ(dimension, one, other)
            elif one is not None:
                self._changed[dimension.name].same += 1

    def result(self) -> Difference:
        for name, moved in self._moved.items():
            largest = sorted(moved.items(), key=lambda move: (-abs(move[1]), move[0]))[:_MOVES]
            self._changed[name].moves = [Move(key, change) for key, change in largest if change]
        return Difference(self._changed, len(self._users), sorted(self._users)[:_USERS])

    def _differ(self, dimension: Dimension, one: bytes | None, other: bytes | None) -> None:
        changed = self._changed[dimension.name]
        changed.only_second += one is None
        changed.only_first += other is None
        changed.different += one is not None and other is not None
        moved = self._moved[dimension.name]
        moved.update(_observed(dimension, other))
        moved.subtract(_observed(dimension, one))


def _observed(dimension: Dimension, cell: bytes | None) -> Counter[str]:
    """Observations per category or bin, of whatever type."""
    found: Counter[str] = Counter()
    if cell is not None:
        statistic = decode(dimension, cell)
        counts = statistic if isinstance(statistic, Counts) else statistic.bins
        for by_key in counts.by_type:
            found.update({str(key): count for key, count in by_key.items()})
    return found


def _line(name: str, changed: Changed) -> str:
    moves = ", ".join(f"{move.key} {move.change:+,}" for move in changed.moves)
    return (
        f"{name}: {changed.same:,} cells the same, {changed.different:,} different, {changed.only_first:,} only in the "
        f"first, {changed.only_second:,} only in the second{'; ' + moves if moves else ''}"
    )
