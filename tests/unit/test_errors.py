"""The tree of errors, as it is drawn at the top of its module."""

import inspect

import pytest

from udfs import errors
from udfs.errors import EventRejected, PenchantError, QueryError, Reason


def test_the_tree_that_is_drawn_is_the_true_tree() -> None:
    assert _drawn(inspect.getdoc(errors) or "") == _true()


def test_every_error_of_ours_descends_from_one_root() -> None:
    assert all(issubclass(kind, PenchantError) for kind in _kinds())


def test_a_rejection_tells_its_reason_and_where() -> None:
    rejected = EventRejected(Reason.NO_KEY, "the record has no key")
    assert (rejected.reason, rejected.detail) == (Reason.NO_KEY, "the record has no key")
    assert str(rejected) == "no_key: the record has no key"


def test_a_question_out_of_range_names_its_parameter() -> None:
    error = QueryError("days", "must be from 1 to 60")
    assert error.field == "days"
    assert str(error) == "days: must be from 1 to 60"


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_one_lower_case_word(reason: Reason) -> None:
    assert reason.value == reason.name.lower()


def _kinds() -> list[type[Exception]]:
    found = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, Exception)]
    return [kind for kind in found if kind.__module__ == errors.__name__]


def _true() -> set[tuple[str, str]]:
    return {(kind.__bases__[0].__name__, kind.__name__) for kind in _kinds() if kind is not PenchantError}


def _drawn(text: str) -> set[tuple[str, str]]:
    edges: set[tuple[str, str]] = set()
    parents = ["PenchantError"]
    for line in text.splitlines():
        indent, found, entry = line.partition("── ")
        if found:
            depth = len(indent) // 4 + 1
            name = entry.split()[0]
            parents[depth:] = [name]
            edges.add((parents[depth - 1], name))
    return edges
