"""Serving without the processor: what is stored is answered for, told as stale, and as fast as before."""

from typing import Any

import msgspec
import pytest
from asking import Answer, Caller, api, ask
from records import event, message
from running import assert_exact, own_job, prepare, produce, running, until
from trial import CARS

from flink_job.local import processes, stack
from flink_job.local.canary import Place
from flink_job.local.settings import StackSettings
from flink_job.local.state import Phase

USERS = [f"user-{number}" for number in range(20)]
EVENTS = 30
WARM, ANSWERS = 20, 200


@pytest.mark.slow
def test_without_flink_profiles_are_the_same_marked_stale_and_no_slower(local: StackSettings) -> None:
    settings = own_job(local, "alone")
    prepare(local, settings, CARS)
    with api(settings, PENCHANT_STALE_AFTER_SECONDS="5") as place:
        with running(local, settings):
            produce(settings, [message(event(user, number)) for number in range(EVENTS) for user in USERS])
            assert_exact(settings, CARS)
            before = asked(place)
        names = ("jobmanager", *(f"taskmanager-{number + 1}" for number in range(local.taskmanagers)))
        flink = [process for name in names for process in processes.marked(local.directory, name)]
        try:
            for process in flink:
                process.suspend()
            until(lambda: body(ask(place.question(USERS[0])))["stale"])
            after = asked(place)
        finally:
            for process in flink:
                process.resume()
            until(lambda: stack.status(local).phase is Phase.UP)
    profiles = [[body(one) for one in answers[: len(USERS)]] for answers in (before, after)]
    assert [{(one["stale"], one["evidence"]) for one in told} for told in profiles] == [
        {(False, "some")}, {(True, "some")},
    ]  # fmt: skip
    assert [one["dimensions"] for one in profiles[0]] == [one["dimensions"] for one in profiles[1]]
    assert slow(after) <= 1.5 * slow(before) + 0.02


def asked(place: Place) -> list[Answer]:
    """Answers of one and the same users in turn, from the first on."""
    with Caller(place, USERS) as caller:
        until(lambda: len(caller.answers) >= WARM + ANSWERS)
    assert caller.statuses() == {200}
    return caller.answers[WARM:]


def body(answer: Answer) -> Any:
    return msgspec.json.decode(answer.body)


def slow(answers: list[Answer]) -> float:
    """Seconds; nine of ten are faster."""
    return sorted(answer.seconds for answer in answers)[9 * len(answers) // 10]
