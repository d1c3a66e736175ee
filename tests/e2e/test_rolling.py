"""The API is replaced pod by pod, as on Kubernetes: a new one is ready, callers are led to it, the old one ends."""

from contextlib import ExitStack

from asking import Caller, api
from running import own_job, prepare, until
from trial import CARS

from flink_job.local.settings import StackSettings

CALLERS = 8
"""Together they stay below the limit of their key."""
REPLACED = 3


def test_an_api_that_is_replaced_under_load_fails_nobody(local: StackSettings) -> None:
    settings = own_job(local, "rolling")
    prepare(local, settings, CARS)
    with ExitStack() as pods, ExitStack() as asking:
        place = pods.enter_context(api(settings))
        callers = [asking.enter_context(Caller(place, [f"caller-{number}"])) for number in range(CALLERS)]
        for _ in range(REPLACED):
            answered_again(callers)
            old = pods.pop_all()
            place = pods.enter_context(api(settings))
            for caller in callers:
                caller.place = place
            # The pause before the end: nobody has a question under way to the old one when it is told to end.
            answered_again(callers)
            old.close()
        asking.close()
        assert [caller.statuses() for caller in callers] == [{200}] * CALLERS


def answered_again(callers: list[Caller]) -> None:
    """Wait until each caller has asked and been answered since."""
    before = [len(caller.answers) for caller in callers]
    until(lambda: all(len(caller.answers) > count + 1 for caller, count in zip(callers, before, strict=True)))
