"""The application around its answers: faults of the store, the catalogue in force, the page and the document."""

import re

import pytest
from held import CARS, NOW, HeldSource
from litestar import Litestar
from litestar.testing import TestClient
from questions import OPEN_TO_ALL, profile

from api.app import create_app
from api.settings import ApiSettings
from udfs.catalogues.catalogue import load
from udfs.errors import StoreRefused, StoreUnavailable

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize("path", ["/v2/users/ann/profile", "/schema/none"])
def test_an_unknown_address_is_a_problem_too(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "/schema" in answer.json()["detail"]


def test_a_store_out_of_reach_is_503_and_says_when_to_come_back(
    client: TestClient[Litestar], deltas: HeldSource
) -> None:
    deltas.error = StoreUnavailable("no host 10.0.0.7")
    for path in ("/ready", "/v1/users/ann/profile"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "10.0.0.7" not in answer.text


def test_the_process_is_alive_without_a_store(client: TestClient[Litestar], deltas: HeldSource) -> None:
    deltas.error = StoreUnavailable("no host")
    assert client.get("/health").json() == {"status": "alive"}


def test_a_fault_of_the_installation_does_not_tell_its_inside(deltas: HeldSource) -> None:
    deltas.error = StoreRefused("unconfigured table deltas on 10.0.0.7")
    with TestClient(create_app(OPEN_TO_ALL, deltas, lambda: NOW), raise_server_exceptions=False) as client:
        answer = client.get("/v1/users/ann/profile")
    assert answer.status_code == 500
    assert "10.0.0.7" not in answer.text


def test_the_catalogue_tells_what_can_be_asked(client: TestClient[Litestar]) -> None:
    found = client.get("/v1/catalogue").json()
    assert [one["name"] for one in found["dimensions"]] == list(CARS.by_name)
    assert found["types"][0] == {"name": "view", "weight": 1.0}


def test_another_catalogue_needs_no_change_of_code() -> None:
    with TestClient(
        create_app(ApiSettings(catalogue="films", authentication=False), HeldSource(), lambda: NOW)
    ) as client:
        dimensions = profile(client)["dimensions"]
        answer = client.post("/v1/users/ann/scores", json={"items": [{"id": "f", "made": {"year": 1999}}]})
    assert list(dimensions) == list(load("films").by_name)
    assert list(answer.json()["scores"][0]["parts"]) == ["year"]


def test_the_page_and_its_parts_come_from_here_alone(client: TestClient[Litestar]) -> None:
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for asset in re.findall(r'(?:src|href)="(page/[^"]+)"', page.text):
        assert client.get(f"/{asset}").status_code == 200
    assert "://" not in page.text
    assert client.get("/page/__init__.py").status_code == client.get("/page/none.js").status_code == 404
    assert client.get(f"/page/{'a' * 300}.js").status_code == 404


def test_the_page_can_be_switched_off(deltas: HeldSource) -> None:
    with TestClient(create_app(ApiSettings(page=False, authentication=False), deltas, lambda: NOW)) as client:
        assert client.get("/").status_code == 404


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
