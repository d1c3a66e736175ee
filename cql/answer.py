"""An answer: what the store says to one question, page by page, for an event loop that waits.

In: a way to ask for a page. Out: a future with the rows of all pages, or with our error.
"""

import asyncio
from collections.abc import Callable
from itertools import chain
from typing import Any, TypeAlias

from cassandra.cluster import ResponseFuture, ResultSet

from cql.foreign import translated
from cql.post import Post

Row: TypeAlias = tuple[Any, ...]


class Answer:
    """Gathers the pages of one answer, each by a question of its own.

    Where a node is slow the driver asks another one and hands over what either says: of each page the first one counts.
    """

    __slots__ = ("_ask", "_pages", "_post", "rows")

    def __init__(self, post: Post[list[Row]], ask: Callable[..., ResponseFuture]) -> None:
        """`ask` takes the place at which a page begins as `paging_state`; `post` carries what is said to the loop."""
        self.rows: asyncio.Future[list[Row]] = post.loop.create_future()
        self._ask = ask
        self._post = post
        self._pages: list[list[Row]] = []

    def ask(self, place: bytes | None = None) -> None:
        """Ask for the page that begins at a place, at first for that of the beginning."""
        number, response = len(self._pages), self._ask(paging_state=place)
        response.add_callbacks(self._page, self._failed, (response, number), None, (number,))

    # The three below run in the driver's thread, which swallows exceptions and must not be held up.
    def _page(self, rows: list[Row] | None, response: ResponseFuture, number: int) -> None:
        if number != len(self._pages):
            return
        self._pages.append(rows or [])
        if response.has_more_pages:
            self._go_on(ResultSet(response, rows).paging_state)
        else:
            self._post.send(self.rows, list(chain.from_iterable(self._pages)))

    def _go_on(self, place: bytes) -> None:
        try:
            self.ask(place)
        except Exception as exc:
            self._failed(exc, len(self._pages))

    def _failed(self, exc: Exception, number: int) -> None:
        if number == len(self._pages):
            error = translated(exc)
            error.__cause__ = exc
            self._post.send(self.rows, error)
