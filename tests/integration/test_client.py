"""The typed client against the running API: every call there is, tags, and errors as exceptions."""

import asyncio
import inspect
from typing import Any

import httpx
import msgspec
import pytest
from everything import each
from serving import Served, now_ms

from api import calls
from api.calls import Call
from api.client import AsyncClient, Refused
from cql.keys import Keys
from flink_job.local import keys
from udfs.events.batch import DAY_MS


@pytest.fixture
def user(request: pytest.FixtureRequest, served: Served) -> str:
    """A user of whom two dates are stored."""
    name = str(request.node.name)
    for days in (1, 3):
        served.write(name, now_ms() - days * DAY_MS)
    return name


def test_every_call_is_answered_as_its_type_says(served: Served, user: str) -> None:
    public = {name for name, _ in inspect.getmembers(calls, inspect.isfunction) if name[0].islower()}
    assert set(each(user)) == public - {"quote"}
    with served.client() as client:
        answers = {name: client.send(call) for name, call in each(user).items()}
    assert answers["history"].days[0].dimensions["make"].counts == {"view": {"bmw": 1}}
    assert [(day.items, day.dimensions) for day in answers["activity"].days] == [(1, {})]
    assert [score.id for score in answers["scores"].scores] == ["a", "b"]
    assert answers["erase"].user_ids == [user]
    assert {entry.action for entry in answers["audit"].entries if entry.user_id == user} >= {"link", "export", "erase"}


def test_the_async_client_is_told_the_same(served: Served, user: str) -> None:
    reading = [call for name, call in each(user).items() if name in {"profile", "profiles", "many_scores", "history"}]

    async def told() -> list[Any]:
        async with AsyncClient(served.local.api_url, served.key) as client:
            return await asyncio.gather(*map(client.send, reading))

    with served.client() as client:
        assert asyncio.run(told()) == [client.send(call) for call in reading]


def test_a_profile_that_the_client_has_is_not_sent_again_until_it_changes(served: Served, user: str) -> None:
    call = calls.profile(user, dimensions="make")
    with served.client() as client:
        first = client.send(call)
        before = not_modified(served)
        again = client.send(call)
        assert not_modified(served) == before + 1
        assert msgspec.structs.replace(again, fresh_through=first.fresh_through) == first
        served.write(user, now_ms())
        assert client.send(call).dimensions["make"].n_eff == 3
        assert client.send(calls.profile(user, dimensions="make", ids=["nobody"])).ids == ["nobody"]
    assert not_modified(served) == before + 1


def test_errors_are_exceptions_that_hold_the_problem(served: Served, user: str) -> None:
    reader = str(keys.create(Keys(served.store), "reader", ["read"]))
    expected = [
        (served.key, calls.profile(user, level=2), 400, "level"),
        (served.key, calls.profile(user, ids=["x" * 257]), 400, "ids"),
        (served.key, calls.scores(user, []), 400, "body"),
        (served.key, calls.profile("x" * 257), 400, "user_id"),
        (served.key, Call(dict, "GET", "/v1/none"), 404, ""),
        (served.key, Call(dict, "PATCH", "/v1/catalogue"), 405, ""),
        (reader, calls.erase(user), 403, ""),
        ("pk_none_none", calls.presets(), 401, ""),
        ("", calls.presets(), 401, ""),
    ]
    for key, call, status, field in expected:
        with served.client(key) as client, pytest.raises(Refused) as refused:
            client.send(call)
        assert (refused.value.problem.status, refused.value.problem.field) == (status, field)


def test_a_key_beyond_its_rate_waits_and_is_answered(served: Served) -> None:
    slow = str(keys.create(Keys(served.store), "slow", ["read"], rate=1))
    with served.client(slow) as client:
        for _ in range(3):
            assert client.send(calls.presets())


def not_modified(served: Served) -> float:
    """How many profiles were not sent again, by the API's own count."""
    text = httpx.get(f"{served.local.api_url}/metrics", headers={"Authorization": f"Bearer {served.key}"}).text
    lines = [line for line in text.splitlines() if line.startswith("penchant_requests_total") and '"304"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in lines)
