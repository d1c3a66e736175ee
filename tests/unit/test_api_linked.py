"""Ids that are linked are one person: rights that are asked for under any of them hold under all."""

from collections.abc import Iterator
from typing import Any

import pytest
from held import NOW, HeldSource, Ticks
from litestar import Litestar
from litestar.testing import TestClient

from api.app import create_app
from api.settings import ApiSettings

pytestmark = pytest.mark.usefixtures("quiet")

IDS = ("login", "cookie", "phone")
HOUR_S = 3600.0


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def client(held: HeldSource, clock: Ticks) -> Iterator[TestClient[Litestar]]:
    for user_id in IDS:
        held.like(user_id, 3, {"make": "BMW"})
    with TestClient(create_app(ApiSettings(authentication=False), held, clock)) as found:
        yield found


def link(client: TestClient[Litestar], user_id: str = "login", other: str = "cookie") -> Any:
    return client.put(f"/v1/users/{user_id}/aliases/{other}")


def n_eff(client: TestClient[Litestar], user_id: str) -> float:
    return float(client.get(f"/v1/users/{user_id}/profile").json()["dimensions"]["make"]["n_eff"])


@pytest.mark.parametrize("asked", IDS)
def test_an_erasure_under_any_id_is_one_of_all_and_unlinks_them(client: TestClient[Litestar], asked: str) -> None:
    for other in IDS[1:]:
        link(client, other=other)
    assert sorted(client.delete(f"/v1/users/{asked}").json()["user_ids"]) == sorted(IDS)
    assert [n_eff(client, user_id) for user_id in IDS] == [0.0, 0.0, 0.0]
    assert [client.get(f"/v1/users/{user_id}/aliases").json()["aliases"] for user_id in IDS] == [[], [], []]


@pytest.mark.parametrize("asked", IDS[:2])
def test_an_objection_under_any_id_stands_for_all_until_it_is_withdrawn_under_any(
    client: TestClient[Litestar], asked: str
) -> None:
    link(client)
    client.put(f"/v1/users/{asked}/objection")
    for user_id in IDS[:2]:
        assert client.get(f"/v1/users/{user_id}/objection").json()["stands"]
        assert client.get(f"/v1/users/{user_id}/profile").status_code == 403
    client.delete(f"/v1/users/{asked}/objection")
    assert [client.get(f"/v1/users/{user_id}/profile").status_code for user_id in IDS[:2]] == [200, 200]


@pytest.mark.parametrize("who", IDS[:2])
def test_an_objection_from_before_a_link_holds_for_both(client: TestClient[Litestar], who: str) -> None:
    client.put(f"/v1/users/{who}/objection")
    link(client)
    assert [client.get(f"/v1/users/{user_id}/profile").status_code for user_id in IDS[:2]] == [403, 403]


def test_an_objection_that_was_withdrawn_before_a_link_takes_nothing_from_the_other_id(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    """What is stored of it was counted, and `verify` counts it again."""
    client.put("/v1/users/login/objection")
    clock.now = NOW + 2 * HOUR_S
    client.delete("/v1/users/login/objection")
    link(client)
    assert held.held_people.held_spans["cookie"] == {}


@pytest.mark.parametrize("asked", IDS[:2])
def test_a_link_that_is_half_made_is_none_to_an_erasure(
    client: TestClient[Litestar], held: HeldSource, asked: str
) -> None:
    held.held_people.owners["cookie"] = "login"
    assert client.delete(f"/v1/users/{asked}").json()["user_ids"] == [asked]


@pytest.mark.parametrize(("asked", "other"), [("login", "cookie"), ("cookie", "login"), ("phone", "cookie")])
def test_a_link_is_removed_under_any_id(client: TestClient[Litestar], asked: str, other: str) -> None:
    for alias in IDS[1:]:
        link(client, other=alias)
    left = client.delete(f"/v1/users/{asked}/aliases/{other}").json()["aliases"]
    assert left == client.get(f"/v1/users/{asked}/aliases").json()["aliases"]
    assert client.get("/v1/users/login/aliases").json()["aliases"] == ["phone"]
    assert client.get("/v1/users/cookie/aliases").json()["aliases"] == []


def test_an_alias_that_a_later_clock_has_linked_is_told_to_be_there_still(
    client: TestClient[Litestar], held: HeldSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two writes the store keeps the later one, so to unlink it does nothing."""

    async def lost(user_id: str, other: str) -> None:
        pass

    link(client)
    monkeypatch.setattr(held.held_people, "unlink", lost)
    assert client.delete("/v1/users/login/aliases/cookie").json()["aliases"] == ["cookie"]


@pytest.mark.parametrize(("user_id", "other"), [("cookie", "phone"), ("phone", "login"), ("phone", "cookie")])
def test_all_ids_are_linked_to_one(client: TestClient[Litestar], user_id: str, other: str) -> None:
    """In a chain an erasure of the first would not reach the last; and nobody's id is two persons'."""
    link(client)
    assert link(client, user_id, other).status_code == 400
    assert link(client).status_code == 200, "again changes nothing"


def test_every_id_tells_the_others(client: TestClient[Litestar]) -> None:
    for other in IDS[1:]:
        link(client, other=other)
    found = {user_id: client.get(f"/v1/users/{user_id}/aliases").json()["aliases"] for user_id in IDS}
    assert found == {user_id: sorted({*IDS} - {user_id}) for user_id in IDS}


def test_an_id_is_not_unlinked_from_itself(client: TestClient[Litestar]) -> None:
    link(client)
    answer = client.delete("/v1/users/login/aliases/login")
    assert (answer.status_code, answer.json()["field"]) == (400, "other")
    assert client.get("/v1/users/login/aliases").json()["aliases"] == ["cookie"]
