"""What the API says of the pipeline, and what it does not claim to know."""

from collections.abc import Iterator
from typing import Any

import pytest
from held import NOW, HeldSource
from litestar import Litestar
from litestar.testing import TestClient

from api.app import create_app
from api.settings import ApiSettings
from cql.job_report import JobReport, Position, Rejected, from_json, to_json
from udfs.errors import EncodingError, StoreUnavailable

POSITIONS = [Position(0, 1_000, 1_040), Position(1, 2_000, 2_000)]
REPORT = JobReport(round(NOW * 1000), POSITIONS, 3_000, 60.0, Rejected({"not_json": 3}, {0: 3}))


@pytest.fixture
def held() -> HeldSource:
    found = HeldSource()
    found.report = REPORT
    return found


@pytest.fixture
def clock() -> list[float]:
    return [NOW]


@pytest.fixture
def client(held: HeldSource, clock: list[float]) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(ApiSettings(authentication=False), held, lambda: clock[0])) as found:
        yield found


def status(client: TestClient[Litestar]) -> Any:
    answer = client.get("/v1/status")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_job_that_reports_tells_rate_lag_freshness_and_rejects(client: TestClient[Litestar]) -> None:
    found = status(client)
    assert (found["job"], found["stale"], found["reported_at"]) == ("reporting", False, "2026-11-24T00:00:00Z")
    assert (found["records_per_second"], found["lag"], found["rejected"]) == (50.0, 40, {"not_json": 3})
    assert found["partitions"][0] == {"partition": 0, "next_offset": 1_000, "log_end": 1_040, "lag": 40}


def test_of_a_silent_job_the_present_rate_and_lag_are_not_known(
    client: TestClient[Litestar], clock: list[float]
) -> None:
    clock[0] += 16.0
    found = status(client)
    assert (found["job"], found["records_per_second"], found["lag"]) == ("silent", None, None)
    assert found["reported_at"] == "2026-11-24T00:00:00Z"
    assert [one["lag"] for one in found["partitions"]] == [40, 0]


def test_before_the_first_report_nothing_is_claimed(client: TestClient[Litestar], held: HeldSource) -> None:
    held.report, held.partitions = None, []
    found = status(client)
    assert (found["job"], found["stale"], found["partitions"]) == ("unheard", True, [])
    assert {found[name] for name in ("reported_at", "fresh_through", "lag", "records_per_second", "rejected")} == {None}


def test_one_reading_makes_no_rate(client: TestClient[Litestar], held: HeldSource) -> None:
    held.report = JobReport(round(NOW * 1000), POSITIONS, 0, 0.0, Rejected())
    found = status(client)
    assert (found["records_per_second"], found["lag"]) == (None, 40)


def test_without_the_store_there_is_no_status(client: TestClient[Litestar], held: HeldSource) -> None:
    held.error = StoreUnavailable("away")
    assert client.get("/v1/status").status_code == 503


def test_a_report_is_read_as_it_was_told() -> None:
    assert from_json(to_json(REPORT)) == REPORT
    with pytest.raises(EncodingError, match="newer build"):
        from_json('{"at_ms": "soon"}')
