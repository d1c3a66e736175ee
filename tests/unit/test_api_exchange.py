"""Under load: a limited number of requests is under way, and no slow, huge or broken one holds up the others."""

import asyncio
import datetime
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest
from held import NOW, HeldSource
from prometheus_client import REGISTRY

from api.app import create_app
from api.settings import ApiSettings
from cql.layers import Layers
from cql.rows import BatchRow

pytestmark = pytest.mark.usefixtures("quiet")

PROFILE = "/v1/users/ann/profile"
LIMIT = 4


class SlowSource(HeldSource):
    """A store that answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.waiting = 0

    async def batches(
        self, layers: Layers, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        self.waiting += 1
        await self.go.wait()
        return await super().batches(layers, user_id, first, last, dimensions)


def on_api(deltas: HeldSource, act: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    settings = ApiSettings(authentication=False, api_concurrency=LIMIT)

    async def run() -> Any:
        app = create_app(settings, deltas, lambda: NOW)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await act(client)

    return asyncio.run(run())


def test_beyond_the_limit_requests_are_turned_away_at_once_and_the_admitted_are_answered() -> None:
    deltas = SlowSource()

    async def act(client: httpx.AsyncClient) -> tuple[list[int], str, list[int], int, int]:
        admitted = [asyncio.create_task(client.get(PROFILE)) for _ in range(LIMIT)]
        while deltas.waiting < LIMIT:
            await asyncio.sleep(0)
        refused = await asyncio.gather(*(client.get(PROFILE) for _ in range(LIMIT)))
        health = await client.get("/health")
        deltas.go.set()
        answered = [answer.status_code for answer in await asyncio.gather(*admitted)]
        after = await client.get(PROFILE)
        statuses = [answer.status_code for answer in refused]
        return statuses, refused[0].headers["retry-after"], answered, health.status_code, after.status_code

    assert on_api(deltas, act) == ([503] * LIMIT, "1", [200] * LIMIT, 200, 200)


def test_a_caller_who_goes_away_gives_its_place_back() -> None:
    deltas = SlowSource()

    async def act(client: httpx.AsyncClient) -> int:
        leaving = [asyncio.create_task(client.get(PROFILE)) for _ in range(LIMIT)]
        while deltas.waiting < LIMIT:
            await asyncio.sleep(0)
        for one in leaving:
            one.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        deltas.go.set()
        return (await client.get(PROFILE)).status_code

    assert on_api(deltas, act) == 200


def test_a_huge_body_without_a_stated_length_is_refused_before_it_is_whole() -> None:
    sent = 0

    async def pieces() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 1_000_000

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/profiles", content=pieces())

    assert on_api(HeldSource(), act).status_code == 413
    assert sent < 10


def test_who_is_turned_away_is_counted_with_the_status_that_was_given() -> None:
    deltas = SlowSource()
    path = "/v1/users/{user_id}/activity"

    def counted() -> dict[str, float]:
        found = [one.samples for one in REGISTRY.collect() if one.name == "penchant_requests"]
        own = [sample for samples in found for sample in samples if sample.labels["path"] == path]
        return {sample.labels["status_code"]: sample.value for sample in own if sample.name.endswith("_total")}

    async def act(client: httpx.AsyncClient) -> None:
        admitted = [asyncio.create_task(client.get(path.format(user_id="ann"))) for _ in range(LIMIT)]
        while deltas.waiting < LIMIT:
            await asyncio.sleep(0)
        await asyncio.gather(*(client.get(path.format(user_id="ann")) for _ in range(3)))
        deltas.go.set()
        await asyncio.gather(*admitted)

    before = Counter(counted())
    on_api(deltas, act)
    assert Counter(counted()) - before == {"200": LIMIT, "503": 3}
