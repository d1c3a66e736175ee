"""Who was erased or objects: the job leaves out what `verify` leaves out, whatever producers send afterwards."""

from asking import api
from records import ago, event, message
from running import assert_exact, own_job, prepare, produce, rows, running, verified
from trial import CARS

from api import calls
from api.client import Client
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.message import Message


def test_erased_and_objecting_users_are_left_out_of_store_and_recount_alike(local: StackSettings) -> None:
    settings = own_job(local, "excluded")
    prepare(local, settings, CARS)
    with running(local, settings), api(settings) as place, Client(place.url, place.key) as client:
        produce(settings, _events(3, occurred_at=ago(hours=3)))
        assert_exact(settings, CARS)
        client.send(calls.erase("erased"))
        client.send(calls.object_to_profiling("objecting"))
        produce(settings, _events(2))
        produce(settings, _events(1, occurred_at=ago(days=1)))
        report = verified(settings, CARS)
    assert report.agrees, report.lines()
    # All of the erased one's, and what the objecting one has done since.
    assert (report.books.produced, report.books.excluded) == (18, 6 + 2)
    stored = [row.key.user_id for row in rows(settings, CARS) for _ in range(row.events)]
    assert {user: stored.count(user) for user in set(stored)} == {"objecting": 3 + 1, "silent": 6}


def _events(each: int, **changes: str) -> list[Message]:
    users = ("erased", "objecting", "silent")
    return [message(event(user, number, **changes)) for user in users for number in range(each)]
