"""A profile: what is read for it, what it tells, and how it was understood."""

import math

import pytest
from held import CARS, NOW, HeldSource
from litestar import Litestar
from litestar.testing import TestClient
from questions import OPEN_TO_ALL, profile

from api.app import create_app
from cql.rows import Progress
from udfs.model.dirichlet import DirichletPrior
from udfs.model.priors import Priors, from_catalogue, to_json

pytestmark = pytest.mark.usefixtures("quiet")


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


def test_only_the_dimensions_asked_for_are_read(client: TestClient[Litestar], deltas: HeldSource) -> None:
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


def test_an_answer_is_stale_when_one_partition_is_behind(client: TestClient[Litestar], deltas: HeldSource) -> None:
    deltas.partitions[1] = Progress(1, 20, int(NOW * 1000) - 61_000)
    found = profile(client)
    assert (found["fresh_through"], found["stale"], found["evidence"]) == ("2026-11-23T23:58:59Z", True, "some")


def test_before_the_first_checkpoint_nothing_is_fresh(client: TestClient[Litestar], deltas: HeldSource) -> None:
    deltas.partitions.clear()
    found = profile(client)
    assert (found["fresh_through"], found["stale"]) == (None, True)


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


@pytest.mark.parametrize("user_id", ["a" * 257, "%C3%A9" * 129, "%ff", "%F0%9F"])
def test_a_user_id_that_no_event_could_have_is_a_problem(client: TestClient[Litestar], user_id: str) -> None:
    answer = client.get(f"/v1/users/{user_id}/profile")
    assert (answer.status_code, answer.json()["field"]) == (400, "user_id")


@pytest.mark.parametrize("user_id", ["a" * 256, "%00", "%E6%97%A5", "%20", "%2e", "a%3Fb%23c"])
def test_a_user_id_that_an_event_could_have_is_answered(client: TestClient[Litestar], user_id: str) -> None:
    assert profile(client, user_id=user_id)["evidence"] == "none"


def test_the_bins_of_numbers_are_shown_when_asked_for(client: TestClient[Litestar]) -> None:
    bins = profile(client, dimensions="price", bins="true")["dimensions"]["price"]["bins"]
    assert len(bins) == CARS.by_name["price"].bins.count  # type: ignore[union-attr]
    assert sum(one["share"] for one in bins) == pytest.approx(1.0)
    assert bins[0]["low"] == pytest.approx(250.0)
    assert profile(client, dimensions="price")["dimensions"]["price"]["bins"] is None


def test_a_lift_compares_a_share_with_the_baseline(client: TestClient[Litestar]) -> None:
    found = profile(client, dimensions="colour")["dimensions"]["colour"]["categories"][0]
    assert found["lift"] == pytest.approx(math.log(found["share"] / found["baseline"]), rel=1e-9)


def test_fitted_priors_are_in_force_within_a_minute_and_named(deltas: HeldSource) -> None:
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


def test_some_user_is_found_where_any_is_stored(client: TestClient[Litestar], deltas: HeldSource) -> None:
    assert client.get("/v1/users/any").json() == {"user_id": "ann"}
    deltas.rows.clear()
    assert client.get("/v1/users/any").status_code == 404
