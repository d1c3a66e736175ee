"""The calls of the client: one for each request that the API's document names."""

import datetime
import re

import pytest
from held import NOW, HeldSource
from litestar.testing import TestClient

from api import calls
from api.app import create_app
from api.calls import Call
from api.settings import ApiSettings
from udfs.errors import QueryError

EVERY: list[Call[object]] = [
    calls.profile("ann"), calls.profiles(["ann"]), calls.scores("ann", []), calls.many_scores(["ann"], []),
    calls.any_user(), calls.catalogue(), calls.presets(), calls.status(), calls.history("ann"), calls.activity("ann"),
    calls.export("ann"), calls.erase("ann"), calls.objection("ann"), calls.object_to_profiling("ann"),
    calls.withdraw_objection("ann"), calls.aliases("ann"), calls.link("ann", "bob"), calls.unlink("ann", "bob"),
    calls.audit(datetime.date(2026, 11, 24)),
]  # fmt: skip


def test_every_request_of_the_document_has_a_call() -> None:
    with TestClient(create_app(ApiSettings(), HeldSource(), lambda: NOW)) as client:
        paths = client.get("/schema/openapi.json").json()["paths"]
    filled = {"user_id": "ann", "other": "bob", "day": "2026-11-24"}
    documented = {
        (method.upper(), re.sub(r"{(\w+)}", lambda found: filled[found[1]], path))
        for path, methods in paths.items()
        for method in methods
    }
    assert documented - {("GET", "/health"), ("GET", "/ready")} == {(call.method, call.path) for call in EVERY}


def test_lists_of_a_question_become_texts_with_commas() -> None:
    call = calls.profile("a/b", ids=["cookie", "phone"], weights={"view": 1, "park": 3}, bins=True, from_="2026-11-01")
    assert call.path == "/v1/users/a%2Fb/profile"
    assert call.parameters == {"ids": "cookie,phone", "weights": "view:1,park:3", "bins": "true", "from": "2026-11-01"}


def test_an_id_that_its_comma_would_split_is_refused() -> None:
    with pytest.raises(QueryError, match="ids"):
        calls.profile("login", ids=["a,b"])
