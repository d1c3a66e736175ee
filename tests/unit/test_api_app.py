import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from held import CARS, NOW, HeldDeltas
from litestar import Litestar
from litestar.testing import TestClient

from api.app import create_app
from api.settings import ApiSettings
from cql.rows import Progress
from udfs.catalogues.catalogue import load
from udfs.errors import StoreRefused, StoreUnavailable
from udfs.model.dirichlet import DirichletPrior
from udfs.model.priors import Priors, from_catalogue, to_json

pytestmark = pytest.mark.usefixtures("quiet")

OPEN_TO_ALL = ApiSettings(authentication=False)

RED_BMW: dict[str, object] = {"make": "BMW", "colour": "red", "price_eur": 9_000, "mileage_km": 60_000}
BLUE_VW: dict[str, object] = {"make": "VW", "colour": "blue", "price_eur": 4_000, "mileage_km": 120_000}


@pytest.fixture
def deltas() -> HeldDeltas:
    held = HeldDeltas()
    held.like("ann", 0, RED_BMW, RED_BMW, BLUE_VW)
    held.like("ann", 20, BLUE_VW)
    return held


@pytest.fixture
def client(deltas: HeldDeltas) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(OPEN_TO_ALL, deltas, lambda: NOW)) as found:
        yield found


def profile(client: TestClient[Litestar], user_id: str = "ann", **parameters: str) -> Any:
    answer = client.get(f"/v1/users/{user_id}/profile", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def scores(client: TestClient[Litestar], items: object, **parameters: str) -> Any:
    answer = client.post("/v1/users/ann/scores", params=parameters, json={"items": items})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_profile_says_whose_it_is_and_how_it_understood_the_question(client: TestClient[Litestar]) -> None:
    found = profile(client, days="10", decay="exponential", half_life="7", weights="view:2", level="0.8")
    del found["dimensions"]
    assert found == {
        "user_id": "ann",
        "ids": [],
        "catalogue": "cars",
        "generation": 1,
        "from": "2026-11-15",
        "to": "2026-11-24",
        "preset": "",
        "decay": {"name": "exponential", "parameters": {"half_life": 7.0}, "granularity": "date"},
        "weights": {"view": 2.0, "park": 1.0, "contact": 1.0},
        "level": 0.8,
        "fresh_through": "2026-11-23T23:59:50.500000Z",
        "stale": False,
        "evidence": "some",
        "prior": "catalogue",
        "baseline": "population",
    }


def test_a_profile_tells_shares_and_ranges_per_dimension(client: TestClient[Litestar]) -> None:
    dimensions = profile(client, dimensions="colour,price")["dimensions"]
    assert list(dimensions) == ["price", "colour"]
    colour, price = dimensions["colour"], dimensions["price"]
    assert [found["category"] for found in colour["categories"]] == ["blue", "red"]
    assert sum(found["share"] for found in [*colour["categories"], colour["other"]]) == pytest.approx(1.0, abs=1e-12)
    assert (price["kind"], price["unit"], price["n_eff"], price["mean"]) == ("numeric", "EUR", 4.0, None)


def test_only_the_dimensions_asked_for_are_read(client: TestClient[Litestar], deltas: HeldDeltas) -> None:
    profile(client, dimensions="price, make")
    assert deltas.asked == [("make", "price")]


def test_only_the_dates_asked_for_count(client: TestClient[Litestar]) -> None:
    n = [
        profile(client, **{"from": "2026-11-01", "to": to})["dimensions"]["make"]["n_eff"]
        for to in ("2026-11-10", "2026-11-24")
    ]
    assert n == [1.0, 4.0]


def test_a_user_without_evidence_gets_the_prior_and_is_not_stale(client: TestClient[Litestar]) -> None:
    found = profile(client, user_id="nobody")
    assert (found["evidence"], found["stale"]) == ("none", False)
    price = found["dimensions"]["price"]
    assert price["geometric_mean"] == pytest.approx(3_500)
    assert (price["median"], price["typical_range"]) == (
        price["baseline"]["median"],
        price["baseline"]["typical_range"],
    )


def test_an_answer_is_stale_when_one_partition_is_behind(client: TestClient[Litestar], deltas: HeldDeltas) -> None:
    deltas.partitions[1] = Progress(1, 20, int(NOW * 1000) - 61_000)
    found = profile(client)
    assert (found["fresh_through"], found["stale"], found["evidence"]) == ("2026-11-23T23:58:59Z", True, "some")


def test_before_the_first_checkpoint_nothing_is_fresh(client: TestClient[Litestar], deltas: HeldDeltas) -> None:
    deltas.partitions.clear()
    found = profile(client)
    assert (found["fresh_through"], found["stale"]) == (None, True)


def test_items_are_ranked_by_lift_with_parts_that_sum_to_it(client: TestClient[Litestar]) -> None:
    found = scores(client, [{"id": "a", **BLUE_VW}, {"id": "b", **RED_BMW}, {"id": "c", "make": "lada"}], days="5")
    assert [score["id"] for score in found["scores"]] == ["b", "a", "c"]
    for score in found["scores"]:
        assert sum(score["parts"].values()) == score["lift"]


def test_items_are_normalised_as_events_are(client: TestClient[Litestar]) -> None:
    first, second = scores(client, [{"id": "a", "make": " VW "}, {"id": "b", "make": "volkswagen"}])["scores"]
    assert first["lift"] == second["lift"] > 0


@pytest.mark.parametrize("query", [
    "from=2026-11-20&days=3", "from=2026-11-20&to=2026-11-19", "from=yesterday", "from=0001-01-01", "to=9999-12-31",
    "from=2026-09-25&to=2026-11-24", "days=0", "days=61", "days=1.5", "days=9" + "9" * 5_000, "days=1e999",
    "level=nan", "level=1", "top=0", "dimensions=", "dimensions=colour,flavour", "dimensions=%00", "dimensions=%ff",
    "weights=view", "weights=view:-1", "weights=view:inf", "weights=peek:1", "weights=view:1,view:2",
    "decay=sudden", "decay=window", "half_life=3", "decay=exponential&half_life=%F0%9F", "level=0.9&level=0.9",
    "colour=red", "%",
])  # fmt: skip
def test_a_question_out_of_range_is_a_problem_that_names_the_parameter(
    client: TestClient[Litestar], query: str
) -> None:
    answer = client.get(f"/v1/users/ann/profile?{query}")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert problem["field"] in query
    assert problem["detail"].startswith(f"{problem['field']}: ")


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


def test_the_same_item_is_scored_in_each_set_of_dimensions_that_is_asked_for(client: TestClient[Litestar]) -> None:
    for names in ("make", "price", "make,price", "make"):
        found = scores(client, [{"id": "a", **BLUE_VW}], dimensions=names)["scores"][0]
        assert set(found["parts"]) == set(names.split(","))


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


@pytest.mark.parametrize("user_id", ["a" * 257, "%C3%A9" * 129, "%ff", "%F0%9F"])
def test_a_user_id_that_no_event_could_have_is_a_problem(client: TestClient[Litestar], user_id: str) -> None:
    answer = client.get(f"/v1/users/{user_id}/profile")
    assert (answer.status_code, answer.json()["field"]) == (400, "user_id")


@pytest.mark.parametrize("user_id", ["a" * 256, "%00", "%E6%97%A5", "%20", "%2e", "a%3Fb%23c"])
def test_a_user_id_that_an_event_could_have_is_answered(client: TestClient[Litestar], user_id: str) -> None:
    assert profile(client, user_id=user_id)["evidence"] == "none"


@pytest.mark.parametrize("path", ["/v2/users/ann/profile", "/schema/none"])
def test_an_unknown_address_is_a_problem_too(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "/schema" in answer.json()["detail"]


def test_a_store_out_of_reach_is_503_and_says_when_to_come_back(
    client: TestClient[Litestar], deltas: HeldDeltas
) -> None:
    deltas.error = StoreUnavailable("no host 10.0.0.7")
    for path in ("/ready", "/v1/users/ann/profile"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "10.0.0.7" not in answer.text


def test_the_process_is_alive_without_a_store(client: TestClient[Litestar], deltas: HeldDeltas) -> None:
    deltas.error = StoreUnavailable("no host")
    assert client.get("/health").json() == {"status": "alive"}


def test_a_fault_of_the_installation_does_not_tell_its_inside(deltas: HeldDeltas) -> None:
    deltas.error = StoreRefused("unconfigured table deltas on 10.0.0.7")
    with TestClient(create_app(OPEN_TO_ALL, deltas, lambda: NOW), raise_server_exceptions=False) as client:
        answer = client.get("/v1/users/ann/profile")
    assert answer.status_code == 500
    assert "10.0.0.7" not in answer.text


def test_a_score_can_be_a_draw_that_its_seed_fixes(client: TestClient[Litestar]) -> None:
    body = {"items": [{"id": "a", **BLUE_VW}, {"id": "b", **RED_BMW}]}
    plain, first, again, other = (
        client.post("/v1/users/ann/scores", json=body | drawn).json()["scores"]
        for drawn in ({}, {"sample": 1}, {"sample": 1}, {"sample": 2})
    )
    assert first == again
    assert first not in (plain, other)
    assert all(score["deviation"] > 0 for score in first)


def test_many_users_get_the_scores_that_each_would_get_alone(client: TestClient[Litestar], deltas: HeldDeltas) -> None:
    deltas.like("bob", 1, BLUE_VW)
    items = [{"id": "a", **BLUE_VW}, {"id": "b", **RED_BMW}]
    found = client.post("/v1/scores?days=5", json={"users": ["bob", "ann", "nobody"], "items": items}).json()
    assert [(user["user_id"], user["evidence"]) for user in found["users"]] == [
        ("bob", "some"), ("ann", "some"), ("nobody", "none"),
    ]  # fmt: skip
    assert found["users"][1]["scores"] == scores(client, items, days="5")["scores"]


@pytest.mark.parametrize("body", [
    {"users": [], "items": [{"id": "a"}]}, {"items": [{"id": "a"}]}, {"users": ["a"] * 101, "items": [{"id": "a"}]},
    {"users": ["a"] * 100, "items": [{"id": "a"}] * 101}, {"users": ["a"], "items": [{"id": "a"}], "sample": -1},
])  # fmt: skip
def test_too_many_or_too_few_users_are_a_problem(client: TestClient[Litestar], body: object) -> None:
    answer = client.post("/v1/scores", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "body")


def test_the_bins_of_numbers_are_shown_when_asked_for(client: TestClient[Litestar]) -> None:
    bins = profile(client, dimensions="price", bins="true")["dimensions"]["price"]["bins"]
    assert len(bins) == CARS.by_name["price"].bins.count  # type: ignore[union-attr]
    assert sum(one["share"] for one in bins) == pytest.approx(1.0)
    assert bins[0]["low"] == pytest.approx(250.0)
    assert profile(client, dimensions="price")["dimensions"]["price"]["bins"] is None


def test_a_lift_compares_a_share_with_the_baseline(client: TestClient[Litestar]) -> None:
    found = profile(client, dimensions="colour")["dimensions"]["colour"]["categories"][0]
    assert found["lift"] == pytest.approx(math.log(found["share"] / found["baseline"]), rel=1e-9)


def test_fitted_priors_are_in_force_within_a_minute_and_named(deltas: HeldDeltas) -> None:
    now = [NOW]
    shares = DirichletPrior(10.0, {"fiat": 0.9})
    fitted = Priors("2026-11-23-abc", from_catalogue(CARS).population | {"make": shares}, {"make": shares})
    with TestClient(create_app(OPEN_TO_ALL, deltas, lambda: now[0])) as client:
        assert profile(client)["prior"] == "catalogue"
        deltas.priors_version, deltas.bodies = fitted.version, {fitted.version: to_json(fitted)}
        now[0] += 60.0
        found = profile(client, user_id="nobody")
        assert found["prior"] == found["dimensions"]["make"]["prior"] == "2026-11-23-abc"
        assert found["dimensions"]["make"]["categories"][0]["category"] == "fiat"
        deltas.priors_version, deltas.bodies["2026-11-24-def"] = "2026-11-24-def", "damaged"
        now[0] += 60.0
        assert profile(client)["prior"] == "2026-11-23-abc"


def test_a_baseline_that_was_not_fitted_is_refused(client: TestClient[Litestar]) -> None:
    answer = client.get("/v1/users/ann/profile?baseline=inventory")
    assert (answer.status_code, answer.json()["field"]) == (400, "baseline")


def test_the_presets_are_listed(client: TestClient[Litestar]) -> None:
    found = client.get("/v1/presets").json()
    assert {"name": "now", "parameters": {"days": "14", "decay": "exponential", "half_life": "3"}} in found
    assert profile(client, preset="now")["preset"] == "now"


def test_activity_is_a_history_of_dates_alone_oldest_first(client: TestClient[Litestar]) -> None:
    days = client.get("/v1/users/ann/activity").json()["days"]
    assert days == [
        {"date": "2026-11-04", "events": 1, "items": 1, "dimensions": {}},
        {"date": "2026-11-24", "events": 3, "items": 3, "dimensions": {}},
    ]
    assert client.get("/v1/users/ann/activity?days=5").json()["days"] == days[1:]
    assert client.get("/v1/users/ann/history").json()["days"][0]["dimensions"].keys() == CARS.by_name.keys()


def test_some_user_is_found_where_any_is_stored(client: TestClient[Litestar], deltas: HeldDeltas) -> None:
    assert client.get("/v1/users/any").json() == {"user_id": "ann"}
    deltas.rows.clear()
    assert client.get("/v1/users/any").status_code == 404


def test_the_catalogue_tells_what_can_be_asked(client: TestClient[Litestar]) -> None:
    found = client.get("/v1/catalogue").json()
    assert [one["name"] for one in found["dimensions"]] == list(CARS.by_name)
    assert found["types"][0] == {"name": "view", "weight": 1.0}


def test_the_page_and_its_parts_come_from_here_alone(client: TestClient[Litestar]) -> None:
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for asset in re.findall(r'(?:src|href)="(page/[^"]+)"', page.text):
        assert client.get(f"/{asset}").status_code == 200
    assert "://" not in page.text
    assert client.get("/page/__init__.py").status_code == client.get("/page/none.js").status_code == 404
    assert client.get(f"/page/{'a' * 300}.js").status_code == 404


def test_the_page_can_be_switched_off(deltas: HeldDeltas) -> None:
    with TestClient(create_app(ApiSettings(page=False, authentication=False), deltas, lambda: NOW)) as client:
        assert client.get("/").status_code == 404


def test_another_catalogue_needs_no_change_of_code() -> None:
    with TestClient(
        create_app(ApiSettings(catalogue="films", authentication=False), HeldDeltas(), lambda: NOW)
    ) as client:
        dimensions = profile(client)["dimensions"]
        answer = client.post("/v1/users/ann/scores", json={"items": [{"id": "f", "made": {"year": 1999}}]})
    assert list(dimensions) == list(load("films").by_name)
    assert list(answer.json()["scores"][0]["parts"]) == ["year"]


def test_the_document_names_every_parameter_and_every_attribute(client: TestClient[Litestar]) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    asked = paths["/v1/users/{user_id}/profile"]["get"]["parameters"]
    assert {"user_id", "from", "to", "days", "dimensions", "decay", "half_life"} <= {found["name"] for found in asked}
    body = paths["/v1/users/{user_id}/scores"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    attributes = body["properties"]["items"]["items"]["properties"]
    assert set(attributes) == {"id"} | {dimension.path for dimension in CARS.by_name.values()}


def test_the_document_says_what_each_request_is_for(client: TestClient[Litestar]) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    operations = [one for path in paths.values() for one in path.values() if "responses" in one]
    assert len(operations) > 20
    assert all(one["description"].endswith(".") for one in operations)


def test_the_page_of_the_document_loads_nothing_from_elsewhere(client: TestClient[Litestar]) -> None:
    page = client.get("/schema").text
    assert "openapi.json" in page
    assert "http://" not in page
    assert "https://" not in page
