"""Memory of batches that grow: what was folded once is not folded again when the batch comes back longer.

In: the payloads of a batch, joined by commas, as its group holds them. Out: their delta. A batch comes to the fold
whenever it has grown, with all of its payloads: of a backlog each event would be folded eight times (README,
"Pipeline"). The memory changes no answer: a text that does not continue what is known of its batch is folded whole.
"""

from collections import OrderedDict
from collections.abc import Hashable

from udfs.statistics.fold import Delta, Fold, Folding

_MOST = 32_000_000
_SHORT = 2_000


class Memory:
    """Folds batches and remembers those that were met last."""

    def __init__(self, most: int = _MOST, short: int = _SHORT) -> None:
        """`most`: bytes of text to remember; they take some four times as many.

        `short`: texts of fewer bytes (a dozen events) are folded again sooner than they are remembered.
        """
        self._most = most
        self._short = short
        self._held = 0
        self._known: OrderedDict[Hashable, tuple[bytes, Folding]] = OrderedDict()

    def fold(self, fold: Fold, batch: Hashable, joined: bytes) -> Delta:
        """The delta of a batch; `batch` also names the fold, if there are several."""
        if len(joined) < self._short:
            return fold.fold(joined)
        text, folding = self._taken(batch)
        if folding is None or not joined.startswith(text):
            text, folding = b"", fold.begin()
        if len(joined) > len(text):
            folding.add(joined[len(text) :].removeprefix(b","))
        self._keep(batch, joined, folding)
        return folding.delta()

    def _taken(self, batch: Hashable) -> tuple[bytes, Folding | None]:
        text, folding = self._known.pop(batch, (b"", None))
        self._held -= len(text)
        return text, folding

    def _keep(self, batch: Hashable, joined: bytes, folding: Folding) -> None:
        self._known[batch] = joined, folding
        self._held += len(joined)
        while self._held > self._most:
            _, (text, _) = self._known.popitem(last=False)
            self._held -= len(text)
