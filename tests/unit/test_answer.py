"""What two nodes say to one question counts once, whichever is first and however many pages there are."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cql.answer import Answer, Row
from cql.post import Post
from udfs.errors import StoreUnavailable

PAGES = [[("a",), ("b",)], [("c",)], [("d",)]]


class Question:
    """Stands for the driver's future of one page: whoever answers, it calls back."""

    def __init__(self, place: int) -> None:
        self.rows = PAGES[place]
        self._col_names = self._col_types = None
        self._paging_state = place + 1
        self.has_more_pages = place + 1 < len(PAGES)

    def add_callbacks(self, page: Callable[..., None], failed: Callable[..., None], *given: Any) -> None:
        page_arguments, _, error_arguments = given
        self.answer = lambda: page(self.rows, *page_arguments)
        self.fail = lambda: failed(OSError("gone"), *error_arguments)


def asked() -> tuple[Answer, list[Question]]:
    questions: list[Question] = []

    def ask(paging_state: int | None) -> Question:
        questions.append(Question(paging_state or 0))
        return questions[-1]

    answer = Answer(Post(asyncio.get_running_loop()), ask)
    answer.ask()
    return answer, questions


async def said(*outcomes: tuple[int, str]) -> list[Row]:
    answer, questions = asked()
    for number, outcome in outcomes:
        getattr(questions[number], outcome)()
    return await answer.rows


@pytest.mark.parametrize("order", [(0, 0, 1, 2), (0, 1, 0, 2), (0, 1, 1, 2, 2), (0, 1, 2, 0, 1, 2)])
def test_of_each_page_the_first_answer_counts(order: tuple[int, ...]) -> None:
    assert asyncio.run(said(*((number, "answer") for number in order))) == [row for page in PAGES for row in page]


def test_a_node_that_fails_after_another_has_answered_spoils_nothing() -> None:
    found = asyncio.run(said((0, "answer"), (0, "fail"), (1, "answer"), (2, "answer")))
    assert len(found) == 4


def test_a_page_that_nobody_gives_is_our_error() -> None:
    with pytest.raises(StoreUnavailable, match="gone"):
        asyncio.run(said((0, "answer"), (1, "fail")))
