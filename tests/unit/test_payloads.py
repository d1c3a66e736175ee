"""Payloads of batches that grow: the memory changes no answer, and it is bounded."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from strategies import Payload, payloads

from udfs.statistics.payloads import Payloads, decode

BATCHES = ["a", "b", "c"]


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
        found.append((batch, _joined(texts[batch])))
    return found


@given(visits(), st.integers(0, 2_000))
def test_what_is_remembered_of_a_batch_changes_no_payload(some: list[tuple[str, str]], most: int) -> None:
    remembering = Payloads(most)
    for batch, joined in some:
        assert remembering.decode(batch, joined) == decode(f"[{joined}]")


def test_a_text_that_only_begins_like_the_one_before_is_decoded_whole() -> None:
    remembering = Payloads()
    remembering.decode("a", '["e1","i",0,1],["e2","i",0,1]')
    assert remembering.decode("a", '["e1","i",0,1]') == [["e1", "i", 0, 1]]


def test_batches_that_were_not_met_for_long_are_forgotten() -> None:
    joined = '["e","i",0,1]'
    remembering = Payloads(2 * len(joined))
    first = remembering.decode("a", joined)
    assert remembering.decode("a", joined) is first
    for batch in "bc":
        remembering.decode(batch, joined)
    assert remembering.decode("a", joined) is not first


def _joined(some: list[Payload]) -> str:
    return ",".join(msgspec.json.encode(payload).decode() for payload in some)
