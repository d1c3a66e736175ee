"""An API process of a test's own, and a caller who asks it again and again."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from running import free_ports, until

from cql.settings import StoreSettings
from flink_job.local import keys
from flink_job.local.canary import Place
from udfs.settings import environment

PAUSE_S = 0.05
LIMIT_S = 10.0
"""After which a caller gives up: an answer must have come by then, whatever it is."""


class Answer(NamedTuple):
    """`status` 0: none came within the limit, or the connection broke."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@contextmanager
def api(settings: StoreSettings, *, ready: int = 200, **changes: str) -> Iterator[Place]:
    """An API process that reads what a job with these settings writes, and a key for it.

    `ready`: what it answers to the question whether it is ready.
    """
    [port] = free_ports(1)
    own = {"PENCHANT_API_PORT": str(port), "PENCHANT_STORE_TIMEOUT_MS": "1000", "PENCHANT_API_LOG_LEVEL": "error"}
    environ = os.environ | environment(settings) | own | changes
    process = subprocess.Popen([sys.executable, "-m", "api"], env=environ, start_new_session=True)
    with keys.opened(settings) as known:
        token = keys.create(known, "tests", ["read", "erase"])
    place = Place(f"http://127.0.0.1:{port}", str(token))
    try:
        until(lambda: ask(urllib.request.Request(f"{place.url}/ready")).status == ready)
        yield place
    finally:
        process.terminate()
        process.wait(30)


def ask(question: urllib.request.Request) -> Answer:
    started = time.monotonic()
    try:
        with urllib.request.urlopen(question, timeout=LIMIT_S) as answer:
            return Answer(answer.status, answer.headers, answer.read(), time.monotonic() - started)
    except urllib.error.HTTPError as exc:
        with exc:
            return Answer(exc.code, exc.headers, exc.read(), time.monotonic() - started)
    except OSError:
        return Answer(0, {}, b"", time.monotonic() - started)


class Caller:
    """Asks for profiles of users in turn, in a thread of its own, and keeps the answers.

    `place` may change meanwhile.
    """

    def __init__(self, place: Place, users: list[str]) -> None:
        self.answers: list[Answer] = []
        self.place = place
        self._users = users
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Caller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def statuses(self) -> set[int]:
        return {answer.status for answer in self.answers}

    def _run(self) -> None:
        while not self._ended.wait(PAUSE_S):
            user = self._users[len(self.answers) % len(self._users)]
            self.answers.append(ask(self.place.question(user)))
