"""Several ids of one person: a request may name them, and the answer is that of linked aliases."""

from collections.abc import Iterator
from typing import Any

import pytest
from held import NOW, HeldSource
from litestar import Litestar
from litestar.testing import TestClient

from api.app import create_app
from api.person import MAX_IDS
from api.settings import ApiSettings

pytestmark = pytest.mark.usefixtures("quiet")

QUESTIONS = ("profile", "history", "activity", "scores")
BMW: dict[str, object] = {"make": "BMW", "price_eur": 9_000}
VW: dict[str, object] = {"make": "VW", "price_eur": 4_000}


@pytest.fixture
def client(held: HeldSource) -> Iterator[TestClient[Litestar]]:
    held.like("login", 0, BMW, VW)
    held.like("cookie", 3, VW, VW)
    held.like("phone", 3, BMW)
    with TestClient(create_app(ApiSettings(authentication=False), held, lambda: NOW)) as found:
        yield found


def ask(client: TestClient[Litestar], question: str, user_id: str = "login", **parameters: str) -> Any:
    address, body = f"/v1/users/{user_id}/{question}", {"items": [{"id": "a", **BMW}, {"id": "b", **VW}]}
    if question == "scores":
        return client.post(address, params=parameters, json=body)
    return client.get(address, params=parameters)


@pytest.mark.parametrize("question", QUESTIONS)
def test_ids_that_are_named_answer_as_ids_that_are_linked(client: TestClient[Litestar], question: str) -> None:
    alone = ask(client, question).json()
    named = ask(client, question, ids="phone,cookie").json()
    for other in ("cookie", "phone"):
        client.put(f"/v1/users/login/aliases/{other}")
    linked = ask(client, question).json()
    assert (named.pop("ids"), linked.pop("ids"), alone.pop("ids")) == (["cookie", "phone"], [], [])
    assert named == linked != alone


@pytest.mark.parametrize("ids", ["cookie", "cookie,cookie", "login,cookie", "cookie,phone"])
def test_an_id_counts_once_however_it_is_reached(client: TestClient[Litestar], ids: str) -> None:
    client.put("/v1/users/login/aliases/cookie")
    client.put("/v1/users/login/aliases/phone")
    assert ask(client, "profile", ids=ids).json()["dimensions"]["make"]["n_eff"] == 5.0


def test_aliases_of_an_id_that_is_named_count_too(client: TestClient[Litestar]) -> None:
    client.put("/v1/users/cookie/aliases/phone")
    assert ask(client, "profile", ids="cookie").json()["dimensions"]["make"]["n_eff"] == 5.0


@pytest.mark.parametrize("question", QUESTIONS)
def test_one_objection_among_the_ids_refuses_the_answer(client: TestClient[Litestar], question: str) -> None:
    client.put("/v1/users/cookie/objection")
    assert ask(client, question).status_code == 200
    assert ask(client, question, ids="phone,cookie").status_code == 403


def test_what_was_erased_stays_hidden_under_every_name(client: TestClient[Litestar]) -> None:
    client.put("/v1/users/login/aliases/cookie")
    client.delete("/v1/users/login")
    assert ask(client, "profile", "phone", ids="login,cookie").json()["dimensions"]["make"]["n_eff"] == 1.0


def test_a_tag_stands_for_the_ids_too(client: TestClient[Litestar]) -> None:
    def tag(**parameters: str) -> str:
        return str(ask(client, "profile", **parameters).headers["etag"])

    assert tag(ids="cookie,phone") == tag(ids="phone,cookie")
    # Nothing is stored of a stranger: the answers differ in nothing but whom they name.
    assert len({tag(), tag(ids="stranger"), tag(ids="cookie"), tag(ids="cookie,phone")}) == 4


@pytest.mark.parametrize("ids", ["", ",", "cookie,", "x" * 257, "\ufffd", ",".join(map(str, range(MAX_IDS + 1)))])
def test_ids_that_cannot_be_are_a_problem(client: TestClient[Litestar], ids: str) -> None:
    for question in QUESTIONS:
        answer = ask(client, question, ids=ids)
        assert (answer.status_code, answer.json()["field"]) == (400, "ids")


def test_as_many_ids_as_aliases_may_be_named(client: TestClient[Litestar]) -> None:
    assert ask(client, "profile", ids=",".join(map(str, range(MAX_IDS)))).status_code == 200


@pytest.mark.parametrize("path", ["/v1/profiles", "/v1/scores"])
def test_a_question_about_many_persons_takes_no_ids(client: TestClient[Litestar], path: str) -> None:
    body = {"users": ["login"]} | ({"items": [{"id": "a"}]} if path == "/v1/scores" else {})
    answer = client.post(f"{path}?ids=cookie", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "ids")


def test_the_document_names_ids_where_they_may_be_named(client: TestClient[Litestar]) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    naming = {
        path
        for path, methods in paths.items()
        for operation in methods.values()
        if "ids" in {parameter["name"] for parameter in operation.get("parameters", ())}
    }
    assert naming == {f"/v1/users/{{user_id}}/{question}" for question in QUESTIONS}
