"""The API obeys a switch of generations within a second, without an error, and a request sees one map."""

import asyncio
import base64
import datetime
import logging
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from held import CARS, NOW, HeldSource
from litestar.testing import TestClient
from questions import OPEN_TO_ALL, RED_BMW

from api.app import create_app
from api.generations import LayersReader
from cql.layers import Generation, InForce, Layer, Layers
from cql.rows import BatchRow
from udfs.errors import CatalogueDiffers, StoreUnavailable

AS_HERE = {"price": CARS.version(CARS.by_name["price"])}
COARSER = msgspec.structs.replace(CARS.by_name["price"], scale=7.0)
OTHERWISE = {"price": CARS.version(COARSER)}
RENAMED = {"make": CARS.version(msgspec.structs.replace(CARS.by_name["make"], aliases={"vw": "volkswagen"}))}
SWITCHED = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)


class Ticks:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class FailingSource(HeldSource):
    """The second time it is asked what is in force, it fails when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.times = 0

    async def in_force(self) -> InForce | None:
        self.times += 1
        if self.times == 2:
            await self.go.wait()
            raise StoreUnavailable
        return await super().in_force()


class SwitchingSource(HeldSource):
    """Switches to generation 2 between the reads of one request."""

    async def batches(
        self, layers: Layers, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        switch(self, 2)
        return await super().batches(layers, user_id, first, last, dimensions)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def switch(held: HeldSource, number: int) -> None:
    held.made = {2: Generation(number=2, parent=1, alone_from=datetime.date(2026, 11, 20))}
    held.switched = InForce(number, 3 - number, SWITCHED + datetime.timedelta(seconds=number))


def generation(client: TestClient, path: str = "/v1/users/ann/profile") -> int:  # type: ignore[type-arg]
    answer = client.get(path)
    assert answer.status_code == 200
    return int(answer.json()["generation"])


def test_a_switch_and_a_rollback_are_obeyed_within_a_second() -> None:
    held, clock = HeldSource(), Ticks()
    with TestClient(create_app(OPEN_TO_ALL, held, clock)) as client:
        assert generation(client) == 1
        for number in (2, 1):
            switch(held, number)
            clock.now += 0.9
            assert generation(client) == generation(client, "/v1/users/ann/history") == number


def test_a_generation_is_read_with_its_parent_below_it() -> None:
    held = HeldSource()
    switch(held, 2)
    with TestClient(create_app(OPEN_TO_ALL, held, Ticks())) as client:
        generation(client)
    assert held.read_by == [(Layer(2), Layer(1, datetime.date(2026, 11, 20)))]


def test_a_request_for_many_users_sees_one_map_though_it_is_switched_meanwhile() -> None:
    held, clock = SwitchingSource(), Ticks()
    with TestClient(create_app(OPEN_TO_ALL, held, clock)) as client:
        for path, items in (("/v1/profiles", {}), ("/v1/scores", {"items": [{"id": "x"}]})):
            held.switched, held.read_by = None, []
            clock.now += 1
            assert client.post(path, json={"users": ["a", "b", "c"]} | items).status_code == 200
            assert held.read_by == [(Layer(1),)] * 3


def test_the_tag_of_an_answer_changes_with_the_generation() -> None:
    held, clock = HeldSource(), Ticks()
    held.like("ann", 0, RED_BMW)
    with TestClient(create_app(OPEN_TO_ALL, held, clock)) as client:
        tag = client.get("/v1/users/ann/profile").headers["ETag"]
        for known in (tag, tag.removeprefix("W/"), "*", f'"other", {tag}'):
            assert client.get("/v1/users/ann/profile", headers={"If-None-Match": known}).status_code == 304
        switch(held, 2)
        clock.now += 0.9
        assert client.get("/v1/users/ann/profile", headers={"If-None-Match": tag}).status_code == 200


def test_while_the_row_in_force_cannot_be_read_the_last_map_holds() -> None:
    held, clock = Unsure(), Ticks()
    switch(held, 2)
    with TestClient(create_app(OPEN_TO_ALL, held, clock)) as client:
        assert generation(client) == 2
        held.unsure = True
        clock.now += 0.9
        assert generation(client) == 2


def test_a_generation_of_another_form_is_not_read_and_the_one_before_it_goes_on() -> None:
    """So processes with the old catalogue answer until they are replaced by ones with the new."""
    held, clock = HeldSource(), Ticks()
    with TestClient(create_app(OPEN_TO_ALL, held, clock)) as client:
        assert generation(client) == 1
        held.made = {2: Generation(number=2)}
        held.counted_by = {1: AS_HERE, 2: OTHERWISE}
        held.switched = InForce(2, 1, SWITCHED)
        clock.now += 0.9
        assert generation(client) == 1
        held.counted_by[2] = AS_HERE
        clock.now += 0.9
        assert generation(client) == 2


def test_where_no_generation_of_this_form_is_left_nothing_is_misread() -> None:
    held, clock = HeldSource(), Ticks()
    held.counted_by = {1: OTHERWISE}
    with TestClient(create_app(OPEN_TO_ALL, held, clock)) as client:
        for path in ("/ready", "/v1/users/ann/profile", "/v1/users/ann/history"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            assert "generation 1 keeps price in another form than this process's catalogue" in answer.json()["detail"]
        held.made = {2: Generation(number=2)}
        held.switched = InForce(2, 1, SWITCHED)
        assert generation(client) == 2


def test_a_generation_below_of_another_form_is_not_read_either() -> None:
    held = HeldSource()
    switch(held, 2)
    held.counted_by = {1: OTHERWISE}
    with TestClient(create_app(OPEN_TO_ALL, held, Ticks())) as client:
        assert client.get("/v1/users/ann/profile").status_code == 503


def test_a_generation_that_names_or_leaves_out_otherwise_is_read_at_once() -> None:
    held = HeldSource()
    switch(held, 2)
    held.counted_by = {1: AS_HERE, 2: RENAMED}
    with TestClient(create_app(OPEN_TO_ALL, held, Ticks())) as client:
        assert generation(client) == 2


def test_a_generation_before_that_was_dropped_is_not_gone_back_to() -> None:
    held = HeldSource()
    held.made = {1: Generation(number=1, state="dropped"), 2: Generation(number=2)}
    held.counted_by = {2: OTHERWISE}
    held.switched = InForce(2, 1, SWITCHED)
    with TestClient(create_app(OPEN_TO_ALL, held, Ticks())) as client:
        assert client.get("/v1/users/ann/profile").status_code == 503


def test_before_the_row_in_force_was_ever_read_no_generation_is_guessed() -> None:
    held = Unsure()
    held.unsure = True
    with TestClient(create_app(OPEN_TO_ALL, held, Ticks())) as client:
        assert client.get("/v1/users/ann/profile").status_code == 503


class Unsure(HeldSource):
    """A store that cannot say which generation is in force."""

    unsure = False

    async def in_force(self) -> InForce | None:
        if self.unsure:
            message = "no answer"
            raise StoreUnavailable(message)
        return await super().in_force()


def test_an_export_holds_rows_of_another_form_as_they_are_stored() -> None:
    held = HeldSource()
    held.like("ann", 0, RED_BMW)
    held.held_people.rows[("ann", 1)] = held.rows["ann"]
    held.counted_by[1] = OTHERWISE
    with TestClient(create_app(OPEN_TO_ALL, held, Ticks())) as client:
        [row] = client.get("/v1/users/ann/export").json()["rows"]
    assert row["dimensions"]["make"]["counts"]["view"] == {"bmw": 1}
    assert base64.b64decode(row["unread"]["price"]) == held.rows["ann"][0].cells["price"]
    assert "price" not in row["dimensions"]


def test_a_request_that_meets_a_switch_and_a_store_that_fails_is_answered_by_the_map_that_it_has() -> None:
    held, clock = FailingSource(), Ticks()

    async def act() -> tuple[list[object], int]:
        reader = LayersReader(held, CARS, 1, clock)
        await reader.read()
        clock.now += 1
        slow = asyncio.create_task(reader.read())
        await asyncio.sleep(0)
        held.counted_by[2] = OTHERWISE
        held.counted_by[1] = OTHERWISE
        switch(held, 2)
        clock.now += 1
        other = asyncio.create_task(reader.read())
        await asyncio.sleep(0.01)
        held.go.set()
        outcomes = await asyncio.gather(slow, other, return_exceptions=True)
        held.counted_by.clear()
        return outcomes, (await reader.read())[0].generation

    (slow, other), later = asyncio.run(act())
    assert slow == (Layer(1),)
    assert isinstance(other, CatalogueDiffers)
    assert later == 2, "a look that failed puts no old map back"
