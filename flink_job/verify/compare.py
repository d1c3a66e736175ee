"""The comparison: a recount against the rows of the store and the dead letters.

In: a `Recount`, the rows that the store holds and the dead letters that speak of it. Out: a `Report`. The rows are
taken as they come, so the store is read once and in any order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from cql.rows import BatchKey, Layout, StoredRow
from flink_job.letter import Letter
from flink_job.verify.recount import Recount, Refusal, fingerprint
from flink_job.verify.report import Books, Cells, Report
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import Reason
from udfs.events.payload import together
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Fold

_EXAMPLES = 10
_EXPIRY_MARGIN_S = 3600


class Comparison:
    """Compares row by row and keeps score."""

    def __init__(self, recount: Recount, catalogue: Catalogue, layout: Layout, now_ms: int) -> None:
        """`now_ms` decides which rows may have expired."""
        self._recount = recount
        self._names = catalogue.names
        self._fold = Fold(catalogue).fold
        self._layout = layout
        self._now_ms = now_ms
        self._awaited = dict(recount.payloads)
        self.cells = Cells()
        self.lacking: Counter[str] = Counter()
        self.examples: list[str] = []
        self.counted = self.distinct = 0

    def row(self, row: StoredRow) -> None:
        """Compare one stored row with the fold of its payloads, unless its batch is open."""
        if row.key in self._recount.open:
            return
        payloads = self._awaited.pop(row.key, None)
        self.counted += row.events
        if payloads is None:
            self._miss("extra", row.key, len(row.cells))
            return
        delta = self._fold(together(payloads))
        self.distinct += delta.events
        expected = dict(zip(self._names, map(encode, delta.statistics), strict=True))
        self._cells(row, expected)
        if (row.version, row.events, row.items) != (delta.version, delta.events, delta.items):
            self._miss("different", row.key, 1)

    def finish(self) -> None:
        """What is still awaited is missing, unless it has expired."""
        for key, payloads in self._awaited.items():
            delta = self._fold(together(payloads))
            self.distinct += delta.events
            if self._layout.ttl_seconds(key.batch, self._now_ms) > _EXPIRY_MARGIN_S:
                self._miss("missing", key, len(self._names))
            else:
                self.cells.expiring += len(self._names)
                self.counted += delta.events

    def _cells(self, row: StoredRow, expected: dict[str, bytes]) -> None:
        for name, cell in expected.items():
            self.cells.compared += 1
            if name not in row.cells:
                self.lacking[name] += 1
                self._miss("missing", row.key, 1, name)
            elif row.cells[name] != cell:
                self._miss("different", row.key, 1, name)

    def _miss(self, kind: str, key: BatchKey, cells: int, name: str = "all dimensions") -> None:
        setattr(self.cells, kind, getattr(self.cells, kind) + cells)
        if len(self.examples) < _EXAMPLES:
            batch = key.batch
            self.examples.append(f"{kind}: user {key.user_id!r}, {batch.date}, batch {batch.number}, {name}")


def compare(
    recount: Recount,
    rows: Iterable[StoredRow],
    letters: Iterable[Letter],
    catalogue: Catalogue,
    layout: Layout,
    now_ms: int,
) -> Report:
    """Compare everything; `rows` are of the recount's share of users."""
    comparison = Comparison(recount, catalogue, layout, now_ms)
    for row in rows:
        comparison.row(row)
    comparison.finish()
    written = {found for found in _refusals(letters, recount) if found[0] not in recount.passed}
    # Letters arrive at least once: copies of one are one.
    rejected = {origin for origin, refusal in written if refusal.reason is not Reason.CAPPED}
    capped = {origin for origin, refusal in written if refusal.reason is Reason.CAPPED}
    books = Books(
        recount.produced,
        comparison.counted,
        recount.accepted - comparison.distinct,
        len(rejected),
        len(capped),
        recount.excluded,
    )
    wrong = len({origin for origin, _ in written ^ set(recount.refused.items())})
    reasons = {reason.value: count for reason, count in recount.reasons.items()}
    lacking = dict(comparison.lacking)
    return Report(comparison.cells, books, wrong, reasons, comparison.examples, recount.share.part, lacking)


def _refusals(letters: Iterable[Letter], recount: Recount) -> Iterator[tuple[tuple[int, int], Refusal]]:
    for letter in letters:
        if letter.reason is Reason.UNWRITABLE or not recount.share.holds(letter.key):
            continue
        if recount.window.holds(letter.append_ms):
            content = fingerprint(letter.append_ms, letter.carried)
            yield (letter.partition, letter.offset), Refusal(letter.reason, content)
