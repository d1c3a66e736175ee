"""The post: carries outcomes from the driver's thread to the event loop, all that have come by then in one go.

In: futures of the loop with their outcomes, from another thread. Out: the futures resolved. To wake a loop costs a
system call, and under load many answers arrive with each.
"""

import asyncio
from collections import deque
from typing import Generic, TypeVar

from udfs.errors import StoreError

T = TypeVar("T")
"""What is carried."""


class Post(Generic[T]):
    """Outcomes of the driver's thread -> one event loop, all that have come by then in one wake-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` is the one that waits for the outcomes."""
        self.loop = loop
        self._waiting: deque[tuple[asyncio.Future[T], T | StoreError]] = deque()
        self._called = False

    def send(self, future: asyncio.Future[T], outcome: T | StoreError) -> None:
        """Called in another thread."""
        self._waiting.append((future, outcome))
        if not self._called:
            self._called = True
            self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # First: what is sent from here on calls again, and what was sent before is found below.
        self._called = False
        while self._waiting:
            future, outcome = self._waiting.popleft()
            # Whoever waited may have gone away.
            if not future.done():
                _resolve(future, outcome)


def _resolve(future: asyncio.Future[T], outcome: T | StoreError) -> None:
    if isinstance(outcome, StoreError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
