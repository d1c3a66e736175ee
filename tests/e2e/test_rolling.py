"""The API is replaced pod by pod, as on Kubernetes: a new one is ready, callers are led to it, the old one ends."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from asking import Answer, api, ask
from running import own_job, prepare, until
from trial import CARS

from flink_job.local.canary import Place
from flink_job.local.settings import StackSettings

CALLERS = 8
PAUSE_S = 0.1
"""Between a caller's questions: together they stay below the limit of their key."""
REPLACED = 3


def test_an_api_that_is_replaced_under_load_fails_nobody(local: StackSettings) -> None:
    settings = own_job(local, "rolling")
    prepare(local, settings, CARS)
    with ExitStack() as pods:
        serving = [pods.enter_context(api(settings))]
        with callers(serving) as answers:
            for _ in range(REPLACED):
                answered = len(answers) + 100
                until(lambda answered=answered: len(answers) > answered)
                old = pods.pop_all()
                serving[:] = [pods.enter_context(api(settings))]
                # Questions are under way to it when it is told to end; it has 30 s.
                old.close()
        assert {answer.status for answer in answers} == {200}


@contextmanager
def callers(serving: list[Place]) -> Iterator[list[Answer]]:
    """Callers who ask, one question after the other, whichever API is serving when they ask."""
    answers: list[Answer] = []
    ended = threading.Event()

    def run(user: str) -> None:
        while not ended.wait(PAUSE_S):
            answers.append(ask(serving[0].question(user)))

    threads = [threading.Thread(target=run, args=(f"caller-{number}",)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        ended.set()
        for thread in threads:
            thread.join()
