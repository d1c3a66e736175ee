"""Hedged calls: one that hangs holds nobody up, and whatever comes first is the answer."""

import threading
from collections.abc import Callable, Iterator

import pytest

from cql.hedge import hedged


@pytest.fixture
def hung() -> Iterator[threading.Event]:
    """What a hanging call waits for: the end of the test."""
    end = threading.Event()
    yield end
    end.set()


def nodes(hung: threading.Event, *, hanging: int, then: Callable[[], str]) -> Callable[[], str]:
    """A call of which the first `hanging` ones hang."""
    left = iter([True] * hanging)

    def call() -> str:
        if next(left, False):
            hung.wait()
        return then()

    return call


def test_a_call_that_hangs_is_made_again_and_the_other_one_answers(hung: threading.Event) -> None:
    assert hedged(nodes(hung, hanging=2, then=lambda: "answer"), 0.01, 30) == "answer"


def test_an_error_is_an_outcome_too(hung: threading.Event) -> None:
    def refuse() -> str:
        message = "no such table"
        raise LookupError(message)

    with pytest.raises(LookupError, match="no such table"):
        hedged(nodes(hung, hanging=1, then=refuse), 0.01, 30)


def test_when_all_calls_hang_the_caller_is_told_in_time(hung: threading.Event) -> None:
    with pytest.raises(TimeoutError, match="asked 5 times"):
        hedged(nodes(hung, hanging=9, then=str), 0.01, 0.05)


def test_a_call_that_answers_is_made_once(hung: threading.Event) -> None:
    made: list[str] = []
    hedged(nodes(hung, hanging=0, then=lambda: made.append("one") or "one"), 30, 30)
    assert made == ["one"]
