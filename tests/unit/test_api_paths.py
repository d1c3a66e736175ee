"""An id may hold anything that an event may: whoever has a slash or a mark in it is neither Ann nor out of reach."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from held import NOW, HeldSource
from litestar import Litestar
from litestar.testing import TestClient

from api import calls
from api.app import create_app
from api.settings import ApiSettings
from udfs.errors import QueryError

pytestmark = pytest.mark.usefixtures("quiet")

SLASHED = ["ann/", "ann/objection", "/ann", "a/b", "a//b", "a/../b", "ä/ö"]
USERS = [*SLASHED, "a%2Fb", "a b", "a?b", "a#b", "any", "...", "%"]


@pytest.fixture
def client(held: HeldSource) -> Iterator[TestClient[Litestar]]:
    for user_id in ("ann", *USERS):
        held.like(user_id, 3, {"make": "BMW"})
    with TestClient(create_app(ApiSettings(authentication=False), held, lambda: NOW)) as found:
        yield found


@pytest.mark.parametrize("user_id", USERS)
def test_an_erasure_is_of_the_id_that_was_named_and_of_no_other(client: TestClient[Litestar], user_id: str) -> None:
    client.put("/v1/users/ann/objection")
    call = calls.erase(user_id)
    assert client.request(call.method, call.path).json()["user_ids"] == [user_id]
    assert client.get("/v1/users/ann/objection").json()["stands"]


@pytest.mark.parametrize("user_id", USERS)
def test_a_profile_is_that_of_the_id_that_was_named(client: TestClient[Litestar], user_id: str) -> None:
    answer = client.get(calls.profile(user_id).path, params={"dimensions": "make"}).json()
    assert (answer["user_id"], answer["dimensions"]["make"]["n_eff"]) == (user_id, 1.0)


@pytest.mark.parametrize("user_id", USERS)
def test_any_id_can_be_linked_and_unlinked(client: TestClient[Litestar], user_id: str) -> None:
    assert client.put(calls.link("login", user_id).path).json()["aliases"] == [user_id]
    assert client.delete(calls.unlink("login", user_id).path).json()["aliases"] == []


@pytest.mark.parametrize("user_id", ["", ".", ".."])
def test_a_client_asks_for_no_id_that_the_way_would_fold_into_the_path(user_id: str) -> None:
    for call in (calls.erase, calls.profile, lambda other: calls.unlink("ann", other)):
        with pytest.raises(QueryError, match="cannot be a part of a path"):
            call(user_id)


def test_bytes_that_a_caller_has_not_encoded_are_the_same_id(client: TestClient[Litestar]) -> None:
    assert sent(client, "/v1/users/ä%2Fö/profile?dimensions=make&ids=b,ü", "GET")["ids"] == ["b", "ü"]
    assert sent(client, "/v1/users/ä%2Fö", "DELETE")["user_ids"] == ["ä/ö"]


@pytest.mark.parametrize("path", ["/v1/users//objection", "/v1/users/ann/objection/", "//v1/users/ann/objection"])
def test_a_path_with_an_empty_part_is_of_nobody(client: TestClient[Litestar], path: str) -> None:
    client.put("/v1/users/ann/objection")
    found = sent(client, path, "DELETE")
    assert (found["status"], found["instance"]) == (404, path)
    assert client.get("/v1/users/ann/objection").json()["stands"]


def test_an_id_may_hold_the_mark_that_stands_for_broken_bytes_and_broken_bytes_are_no_id(
    client: TestClient[Litestar],
) -> None:
    assert sent(client, "/v1/users/a%EF%BF%BD")["user_ids"] == ["a\ufffd"]
    assert sent(client, "/v1/users/a%FF")["field"] == "user_id"


def sent(client: TestClient[Litestar], path: str, method: str = "DELETE") -> Any:
    """The answer to a request whose path goes out as it is, as a client for tests would encode it."""
    raw, _, query = path.encode().partition(b"?")
    scope = {"type": "http", "method": method, "path": raw.decode(), "raw_path": raw, "query_string": query}
    whole = scope | {"headers": [], "http_version": "1.1", "scheme": "http", "server": ("api", 80), "state": {}}
    parts: list[bytes] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        parts.append(message.get("body", b""))

    asyncio.run(client.app(whole, receive, send))  # type: ignore[arg-type]
    return json.loads(b"".join(parts))
