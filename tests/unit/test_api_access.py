"""Who may ask the API, how often, and what every answer carries."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from held import HeldSource, Ticks
from litestar import Litestar
from litestar.testing import TestClient

from api.app import create_app
from api.keyring import MOST_UNKNOWN
from api.log import JsonFormatter
from api.settings import ApiSettings
from cql.keys import SCOPES, Scope, Token, hashed
from udfs.errors import StoreUnavailable

pytestmark = pytest.mark.usefixtures("quiet")

PROFILE = "/v1/users/ann/profile"
SCORES = ("POST", "/v1/users/ann/scores")
NEEDS: list[tuple[Scope, str, str]] = [
    ("read", "GET", "/v1/users/ann/activity"),
    ("read", "GET", "/v1/users/any"),
    ("read", "GET", "/v1/catalogue"),
    ("read", "GET", "/v1/status"),
    ("read", "GET", PROFILE),
    ("read", "POST", "/v1/profiles"),
    ("read", "GET", "/v1/presets"),
    ("read", "GET", "/v1/users/ann/history"),
    ("read", "GET", "/v1/users/ann/objection"),
    ("read", "GET", "/v1/users/ann/aliases"),
    ("read", "GET", "/metrics"),
    ("score", *SCORES),
    ("score", "POST", "/v1/scores"),
    ("erase", "DELETE", "/v1/users/ann"),
    ("erase", "PUT", "/v1/users/ann/objection"),
    ("erase", "DELETE", "/v1/users/ann/objection"),
    ("erase", "DELETE", "/v1/users/any"),
    ("erase", "PUT", "/v1/users/ann/aliases/bob"),
    ("erase", "DELETE", "/v1/users/ann/aliases/bob"),
    ("erase", "GET", "/v1/users/ann/export"),
    ("admin", "GET", "/v1/audit/2026-11-24"),
]


@pytest.fixture
def client(held: HeldSource, clock: Ticks) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(ApiSettings(), held, clock, new_id=lambda: "made")) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ask(client: TestClient[Litestar], method: str, path: str, token: str) -> Any:
    return client.request(method, path, headers=bearer(token), content=b"{}" if method == "POST" else None)


@pytest.mark.parametrize(("scope", "method", "path"), NEEDS)
def test_a_route_lets_in_its_own_scope_and_admin_and_nobody_else(
    client: TestClient[Litestar], held: HeldSource, scope: Scope, method: str, path: str
) -> None:
    for other in SCOPES:
        status = ask(client, method, path, held.held_keys.make(other)).status_code
        assert (status == 403) == (other not in (scope, "admin")), other
    assert client.request(method, path).status_code == 401


def test_every_route_is_in_the_list_above_or_open(client: TestClient[Litestar]) -> None:
    listed = {(method, path) for _, method, path in NEEDS}
    paths = ("/", "/page/{name}", "/health", "/ready", "/schema", "/schema/openapi.json", "/schema/{path}")
    open_to_all = {("GET", path) for path in paths}
    filled = {"{user_id:str}": "ann", "{other:str}": "bob", "{day:date}": "2026-11-24"}
    found = set()
    for route in client.app.routes:
        path = route.path_format
        for template, value in filled.items():
            path = path.replace("{" + template.strip("{}").split(":")[0] + "}", value)
        found |= {(method, path) for method in route.methods - {"OPTIONS"}}  # type: ignore[operator]
    assert found - open_to_all == listed


@pytest.mark.parametrize("header", [
    "", "Bearer", "Bearer ", "Basic YTpi", "Bearer pk_", "Bearer pk_k0", "Bearer pk_k0_wrong", "Bearer pk_k9_secret",
    "Bearer xx_k0_secret", "Bearer pk_k0_secret2", "Bearer " + "x" * 10_000,
])  # fmt: skip
def test_a_token_that_is_none_is_told_the_same_whatever_is_wrong(
    client: TestClient[Litestar], held: HeldSource, header: str
) -> None:
    held.held_keys.make("read")
    answer = client.get(PROFILE, headers={"Authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="penchant"')
    assert "send Authorization: Bearer <key>" in answer.json()["detail"]


def test_a_key_that_is_revoked_is_refused_within_seconds(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    token = held.held_keys.make("read")
    assert ask(client, "GET", PROFILE, token).status_code == 200
    key = held.held_keys.by_id["k0"]
    held.held_keys.by_id["k0"] = msgspec.structs.replace(key, revoked_at=key.made_at)
    clock.now += 5.1
    assert ask(client, "GET", PROFILE, token).status_code == 401


def test_a_key_is_asked_of_the_store_once_in_some_seconds(client: TestClient[Litestar], held: HeldSource) -> None:
    token = held.held_keys.make("read")
    for _ in range(5):
        ask(client, "GET", PROFILE, token)
    assert held.held_keys.asked == 1


def test_while_the_store_is_away_a_known_key_stays_good_and_an_unknown_one_is_told_to_come_back(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    known, unknown = held.held_keys.make("read"), held.held_keys.make("read")
    ask(client, "GET", PROFILE, known)
    held.held_keys.error = StoreUnavailable("no host")
    clock.now += 60
    assert ask(client, "GET", PROFILE, known).status_code == 200
    assert ask(client, "GET", PROFILE, unknown).status_code == 503


def test_ids_that_no_key_has_are_asked_once_in_some_seconds_and_only_so_many(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    known, unseen = held.held_keys.make("read"), held.held_keys.make("read")
    ask(client, "GET", PROFILE, known)
    statuses = [ask(client, "GET", PROFILE, f"pk_{place // 2}_guess").status_code for place in range(2 * MOST_UNKNOWN)]
    assert set(statuses) == {401}
    assert held.held_keys.asked == 1 + MOST_UNKNOWN
    refused = ask(client, "GET", PROFILE, unseen)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    clock.now += 4.9
    assert ask(client, "GET", PROFILE, known).status_code == 200
    clock.now += 0.1
    assert ask(client, "GET", PROFILE, known).status_code == ask(client, "GET", PROFILE, unseen).status_code == 200


def test_the_store_holds_no_secret() -> None:
    token = Token("k", "secret")
    assert token.secret not in hashed(token.secret)
    assert Token.read(str(token)) == token


def test_beyond_its_rate_a_key_is_told_to_come_back_in_the_next_second(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    token, other = held.held_keys.make("read", rate=2), held.held_keys.make("read")
    answers = [ask(client, "GET", PROFILE, token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert (answers[2].headers["ratelimit-limit"], answers[2].headers["retry-after"]) == ("2", "1")
    assert ask(client, "GET", PROFILE, other).status_code == 200
    clock.now += 1
    assert ask(client, "GET", PROFILE, token).status_code == 200


@pytest.mark.parametrize("path", [PROFILE, "/health", "/v1/nothing"])
def test_every_answer_has_an_id_and_tells_browsers_to_keep_out(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path, headers={"X-Request-Id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in client.get(path, headers={"Origin": "https://a.example"}).headers


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a;b"])
def test_an_id_that_could_harm_a_log_is_replaced(client: TestClient[Litestar], given: str) -> None:
    assert client.get("/health", headers={"X-Request-Id": given}).headers["x-request-id"] == "made"


def test_pages_of_an_allowed_origin_may_ask(held: HeldSource, clock: Ticks) -> None:
    settings = ApiSettings(api_cors_origins="https://a.example")
    with TestClient(create_app(settings, held, clock)) as client:
        for origin, allowed in (("https://a.example", "https://a.example"), ("https://b.example", None)):
            answer = client.get("/health", headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == allowed


def test_what_was_answered_is_not_sent_again_until_it_changes(client: TestClient[Litestar], held: HeldSource) -> None:
    held.like("ann", 0, *({"make": make} for make in ("bmw", "vw", "audi")))
    token = bearer(held.held_keys.make("read"))
    first = client.get(PROFILE, headers=token)
    again = client.get(PROFILE, headers=token | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert again.headers["fresh-through"] == first.headers["fresh-through"]
    for changed in ("?days=3", "?decay=window&window=7", "?level=0.8", "?weights=view:2", "?top=2"):
        answer = client.get(PROFILE + changed, headers=token | {"If-None-Match": first.headers["etag"]})
        assert (answer.status_code, answer.headers["etag"] != first.headers["etag"]) == (200, True), changed


def test_a_tag_changes_with_the_day_and_with_evidence_but_not_with_progress_alone(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    token = bearer(held.held_keys.make("read"))

    def tag() -> str:
        clock.now += 2
        return client.get(PROFILE, headers=token).headers["etag"]

    first = tag()
    assert tag() == first
    held.partitions = [
        msgspec.structs.replace(one, fresh_through_ms=one.fresh_through_ms + 1000) for one in held.partitions
    ]
    assert tag() == first
    held.like("ann", 0, {"make": "BMW"})
    second = tag()
    assert second != first
    clock.now += 86_400
    assert tag() != second


def test_answers_are_compressed_for_those_who_take_it(client: TestClient[Litestar], held: HeldSource) -> None:
    answer = client.get(PROFILE, headers=bearer(held.held_keys.make("read")) | {"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["user_id"] == "ann"


def test_metrics_tell_requests_by_route_and_no_user(client: TestClient[Litestar], held: HeldSource) -> None:
    token = held.held_keys.make("read")
    ask(client, "GET", "/v1/users/secretive/profile", token)
    text = ask(client, "GET", "/metrics", token).text
    assert 'path="/v1/users/{user_id}/profile"' in text
    for name in ("penchant_request_duration_seconds", "penchant_rows_read", "penchant_stale_answers_total"):
        assert name in text
    assert "penchant_store_errors" in text
    assert "secretive" not in text


def test_the_log_is_json_and_names_no_user(held: HeldSource, clock: Ticks, caplog: pytest.LogCaptureFixture) -> None:
    logging.disable(logging.NOTSET)
    held.error = StoreUnavailable("no host")
    with (
        caplog.at_level(logging.INFO),
        TestClient(create_app(ApiSettings(authentication=False), held, clock)) as client,
    ):
        client.get("/v1/users/secretive/profile", headers={"X-Request-Id": "r1"})
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records if record.name.startswith("api")]
    [access] = [line for line in lines if line["logger"] == "api.access"]
    assert (access["route"], access["status"], access["request_id"]) == ("/v1/users/{user_id}/profile", 503, "r1")
    assert len(lines) > 1
    assert "secretive" not in json.dumps(lines)


def test_many_users_are_answered_in_their_order_and_who_objects_is_named(
    client: TestClient[Litestar], held: HeldSource
) -> None:
    token = bearer(held.held_keys.make("admin"))
    client.put("/v1/users/bob/objection", headers=token)
    answer = client.post("/v1/profiles?dimensions=make", headers=token, json={"users": ["eve", "bob", "ann"]}).json()
    assert [found["user_id"] for found in answer["profiles"]] == ["eve", "ann"]
    assert answer["withheld"] == ["bob"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"users": []}', b'{"users": [1]}', b'{"users": ["a"], "x": 1}'])
def test_a_body_that_names_no_users_is_a_problem(client: TestClient[Litestar], held: HeldSource, body: bytes) -> None:
    answer = client.post("/v1/profiles", headers=bearer(held.held_keys.make("read")), content=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "body")


@pytest.mark.parametrize("other", ["ann", "x" * 257, "linked"])
def test_an_alias_that_cannot_be_is_a_problem(client: TestClient[Litestar], held: HeldSource, other: str) -> None:
    token = bearer(held.held_keys.make("erase"))
    client.put("/v1/users/linked/aliases/cookie", headers=token)
    answer = client.put(f"/v1/users/ann/aliases/{other}", headers=token)
    assert (answer.status_code, answer.json()["field"]) == (400, "other")


def test_a_history_takes_dates_and_dimensions_only(client: TestClient[Litestar], held: HeldSource) -> None:
    token = bearer(held.held_keys.make("read"))
    answer = client.get("/v1/users/ann/history?level=0.9", headers=token)
    assert (answer.status_code, answer.json()["field"]) == (400, "level")
