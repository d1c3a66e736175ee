"""Scores: how items are read, ranked and drawn, for one user and for many."""

import pytest
from held import HeldSource
from litestar import Litestar
from litestar.testing import TestClient
from questions import BLUE_VW, RED_BMW, scores

pytestmark = pytest.mark.usefixtures("quiet")


def test_items_are_ranked_by_lift_with_parts_that_sum_to_it(client: TestClient[Litestar]) -> None:
    found = scores(client, [{"id": "a", **BLUE_VW}, {"id": "b", **RED_BMW}, {"id": "c", "make": "lada"}], days="5")
    assert [score["id"] for score in found["scores"]] == ["b", "a", "c"]
    for score in found["scores"]:
        assert sum(score["parts"].values()) == score["lift"]


def test_items_are_normalised_as_events_are(client: TestClient[Litestar]) -> None:
    first, second = scores(client, [{"id": "a", "make": " VW "}, {"id": "b", "make": "volkswagen"}])["scores"]
    assert first["lift"] == second["lift"] > 0


def test_the_same_item_is_scored_in_each_set_of_dimensions_that_is_asked_for(client: TestClient[Litestar]) -> None:
    for names in ("make", "price", "make,price", "make"):
        found = scores(client, [{"id": "a", **BLUE_VW}], dimensions=names)["scores"][0]
        assert set(found["parts"]) == set(names.split(","))


def test_a_score_can_be_a_draw_that_its_seed_fixes(client: TestClient[Litestar]) -> None:
    body = {"items": [{"id": "a", **BLUE_VW}, {"id": "b", **RED_BMW}]}
    plain, first, again, other = (
        client.post("/v1/users/ann/scores", json=body | drawn).json()["scores"]
        for drawn in ({}, {"sample": 1}, {"sample": 1}, {"sample": 2})
    )
    assert first == again
    assert first not in (plain, other)
    assert all(score["deviation"] > 0 for score in first)


def test_many_users_get_the_scores_that_each_would_get_alone(client: TestClient[Litestar], deltas: HeldSource) -> None:
    deltas.like("bob", 1, BLUE_VW)
    items = [{"id": "a", **BLUE_VW}, {"id": "b", **RED_BMW}]
    found = client.post("/v1/scores?days=5", json={"users": ["bob", "ann", "nobody"], "items": items}).json()
    assert [(user["user_id"], user["evidence"]) for user in found["users"]] == [
        ("bob", "some"), ("ann", "some"), ("nobody", "none"),
    ]  # fmt: skip
    assert found["users"][1]["scores"] == scores(client, items, days="5")["scores"]


@pytest.mark.parametrize(("item", "field"), [
    ({}, "items[1].id"), ({"id": ""}, "items[1].id"), ({"id": 7}, "items[1].id"), ({"id": "x" * 129}, "items[1].id"),
    ({"id": "a", "make": ["bmw"]}, "items[1].make"), ({"id": "a", "price_eur": -1}, "items[1].price_eur"),
    ({"id": "a", "price_eur": "cheap"}, "items[1].price_eur"),
    ({"id": "a", "mileage_km": -1e300}, "items[1].mileage_km"),
    ({"id": "a", "price_eur": 10**400}, "items[1].price_eur"), ({"id": "a", "make": "x" * 101}, "items[1].make"),
    (1, "items[1]"), (None, "items[1]"),
])  # fmt: skip
def test_an_item_that_cannot_be_read_is_named_by_place_and_attribute(
    client: TestClient[Litestar], item: object, field: str
) -> None:
    answer = client.post("/v1/users/ann/scores", json={"items": [{"id": "fine"}, item]})
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_an_item_whose_text_is_no_utf_8_is_named_by_its_place(client: TestClient[Litestar]) -> None:
    answer = client.post("/v1/users/ann/scores", content=b'{"items": [{"id": "a"}, {"id": "b", "make": "\xff"}]}')
    assert (answer.status_code, answer.json()["field"]) == (400, "items[1]")


@pytest.mark.parametrize("body", [
    b"", b"{", b"\xff", b"null", b"[]", b'{"items": []}', b'{"items": {}}', b'{"items": [{"id": "a"}], "extra": 1}',
    b'{"items": [{"id": "\\ud800"}]}', b'{"items": [{"id": "a", "x": ' + b"[" * 100_000, b'{"items": [{"id": "\x00"}]}',
    b'{"items": [' + b",".join([b'{"id": "a"}'] * 1_001) + b"]}",
])  # fmt: skip
def test_a_body_that_is_no_list_of_items_is_a_problem(client: TestClient[Litestar], body: bytes) -> None:
    answer = client.post("/v1/users/ann/scores", content=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "body")


def test_a_body_that_is_too_large_is_refused(client: TestClient[Litestar]) -> None:
    assert client.post("/v1/users/ann/scores", content=b" " * 6_000_000).status_code == 413


@pytest.mark.parametrize("body", [
    {"users": [], "items": [{"id": "a"}]}, {"items": [{"id": "a"}]}, {"users": ["a"] * 101, "items": [{"id": "a"}]},
    {"users": ["a"] * 100, "items": [{"id": "a"}] * 101}, {"users": ["a"], "items": [{"id": "a"}], "sample": -1},
])  # fmt: skip
def test_too_many_or_too_few_users_are_a_problem(client: TestClient[Litestar], body: object) -> None:
    answer = client.post("/v1/scores", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "body")
