"""What a client remembers of the API's answers."""

from api import calls
from api.memory import Memory


def test_the_newest_answers_are_kept_and_no_more_than_that() -> None:
    memory = Memory(2)
    for user in ("ann", "bob", "ann", "eve"):
        memory.keep(calls.profile(user), f"tag of {user}", user)
    kept = {user: memory.known(calls.profile(user)) for user in ("ann", "bob", "eve")}
    assert kept == {"ann": ("tag of ann", "ann"), "bob": None, "eve": ("tag of eve", "eve")}


def test_an_answer_belongs_to_its_question() -> None:
    memory = Memory(2)
    memory.keep(calls.profile("ann", days=3, top=2), "tag", "answer")
    assert memory.known(calls.profile("ann", top=2, days=3)) == ("tag", "answer")
    assert (
        memory.known(calls.profile("ann", days=4, top=2)) is memory.known(calls.history("ann", days=3, top=2)) is None
    )


def test_a_refused_call_leaves_nothing() -> None:
    memory = Memory(2)
    memory.keep(calls.profile("ann"), "tag", "answer")
    memory.forget(calls.profile("ann"))
    assert memory.known(calls.profile("ann")) is None
