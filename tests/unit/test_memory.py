"""Memory of batches that grow: it changes no delta, it folds only what is new, and it is bounded."""

from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE, Payload, in_bytes, joined, payloads

from udfs.statistics.fold import Fold, Folding
from udfs.statistics.memory import Memory

FOLD = Fold(GARAGE)
BATCHES = ["a", "b", "c"]
PLENTY = 1_000_000


@st.composite
def visits(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Batches as they come to the fold: each grown since it came last, the same again, or another text altogether."""
    texts = {batch: draw(payloads()) for batch in BATCHES}
    found = []
    for batch in draw(st.lists(st.sampled_from(BATCHES), max_size=12)):
        if draw(st.booleans()):
            texts[batch] = texts[batch] + draw(payloads())
        elif draw(st.booleans()):
            texts[batch] = draw(payloads())
        found.append((batch, joined(texts[batch])))
    return found


@given(visits(), st.integers(0, 2_000), st.integers(0, 500))
def test_what_is_remembered_of_a_batch_changes_no_delta(some: list[tuple[str, str]], most: int, short: int) -> None:
    memory = Memory(most, short)
    for batch, text in some:
        assert in_bytes(memory.fold(FOLD, batch, text)) == in_bytes(FOLD.fold(text))


@given(payloads(), payloads())
def test_a_delta_does_not_change_when_its_batch_grows(some: list[Payload], more: list[Payload]) -> None:
    memory = Memory(PLENTY, 0)
    delta = memory.fold(FOLD, "a", joined(some))
    before = in_bytes(delta)
    memory.fold(FOLD, "a", joined(some + more))
    assert in_bytes(delta) == before


def test_only_what_is_new_of_a_batch_is_folded() -> None:
    fold, memory = _Counting(), Memory(PLENTY, 0)
    memory.fold(fold, "a", b'["e1","i",0,1]')
    memory.fold(fold, "a", b'["e1","i",0,1],["e2","i",0,2]')
    memory.fold(fold, "a", b'["e1","i",0,1],["e2","i",0,2]')
    assert fold.given == [b'["e1","i",0,1]', b'["e2","i",0,2]']


def test_a_text_that_only_begins_like_the_one_before_is_folded_whole() -> None:
    memory = Memory(PLENTY, 0)
    memory.fold(FOLD, "a", b'["e1","i",0,1],["e2","i",0,1]')
    assert memory.fold(FOLD, "a", b'["e1","i",0,1]').events == 1


def test_batches_that_were_not_met_for_long_are_forgotten() -> None:
    text = b'["e","i",0,1]'
    fold, memory = _Counting(), Memory(2 * len(text), 0)
    for batch in "aabca":
        memory.fold(fold, batch, text)
    assert len(fold.given) == len("abca")


def test_short_texts_are_not_remembered() -> None:
    text = b'["e","i",0,1]'
    fold, memory = _Counting(), Memory(PLENTY, len(text) + 1)
    for _ in range(2):
        memory.fold(fold, "a", text)
    assert len(fold.given) == 2


class _Counting(Fold):
    """Notes what it is given to fold."""

    def __init__(self) -> None:
        super().__init__(GARAGE)
        self.given: list[bytes] = []

    def begin(self) -> Folding:
        given, begun = self.given, super().begin()

        class Noting(Folding):
            def add(self, joined: bytes) -> None:
                given.append(joined)
                super().add(joined)

        return Noting(begun._columns)
