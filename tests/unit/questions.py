"""How tests of the API ask one that is open to all: two cars, and what it answers of a user."""

from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from api.settings import ApiSettings

OPEN_TO_ALL = ApiSettings(authentication=False)

RED_BMW: dict[str, object] = {"make": "BMW", "colour": "red", "price_eur": 9_000, "mileage_km": 60_000}
BLUE_VW: dict[str, object] = {"make": "VW", "colour": "blue", "price_eur": 4_000, "mileage_km": 120_000}


def profile(client: TestClient[Litestar], user_id: str = "ann", **parameters: str) -> Any:
    answer = client.get(f"/v1/users/{user_id}/profile", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def scores(client: TestClient[Litestar], items: object, **parameters: str) -> Any:
    answer = client.post("/v1/users/ann/scores", params=parameters, json={"items": items})
    assert answer.status_code == 200, answer.text
    return answer.json()
