"""Asking again while there is no answer: a node that hangs must not hold up what another one can do.

In: a call that reaches another node each time it is made. Out: the first outcome of any of the calls.
"""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

Answer = TypeVar("Answer")


def hedged(call: Callable[[], Answer], every_s: float, patience_s: float) -> Answer:
    """Make the call, and once more each `every_s` seconds, until one of them ends; its answer or its error.

    Raises TimeoutError if none has ended after `patience_s` seconds.
    """
    begun: set[Future[Answer]] = set()
    for _ in range(max(1, round(patience_s / every_s))):
        begun.add(_begin(call))
        done, _ = wait(begun, every_s, FIRST_COMPLETED)
        if done:
            return done.pop().result()
    message = f"no answer within {patience_s:g} s, though asked {len(begun)} times"
    raise TimeoutError(message)


def _begin(call: Callable[[], Answer]) -> Future[Answer]:
    # Not a thread pool: that would wait for the calls that hang when the process ends.
    future: Future[Answer] = Future()
    threading.Thread(target=_settle, args=(future, call), name="hedge", daemon=True).start()
    return future


def _settle(future: Future[Answer], call: Callable[[], Answer]) -> None:
    try:
        future.set_result(call())
    except Exception as exc:
        future.set_exception(exc)
