"""An objection: what is deleted when it is made."""

from collections.abc import Iterator

import pytest
from held import NOW, HeldDeltas, Ticks
from litestar import Litestar
from litestar.testing import TestClient

from api.app import create_app
from api.settings import ApiSettings
from udfs.events.batch import HOUR_MS, SKEW_MS, Calendar
from udfs.events.exclusion import hour_of

pytestmark = pytest.mark.usefixtures("quiet")

UTC = Calendar("UTC")
NOW_MS = round(NOW * 1000)
MINUTE_S = 60.0


@pytest.fixture
def client(held: HeldDeltas, clock: Ticks) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(ApiSettings(authentication=False), held, clock)) as found:
        yield found


@pytest.mark.parametrize("minute", [0, 20, 54, 55, 59])
def test_a_withdrawal_within_the_minute_gives_back_hours_in_which_nothing_was_deleted(
    client: TestClient[Litestar], held: HeldDeltas, clock: Ticks, minute: int
) -> None:
    """A delete outlasts every write of its hour, so the hour could never be counted."""
    clock.now = NOW + minute * MINUTE_S
    client.put("/v1/users/ann/objection")
    clock.now += MINUTE_S / 2
    client.delete("/v1/users/ann/objection")
    [span] = held.held_people.held_spans["ann"].values()
    assert {span.covers(start_ms) for _, _, _, start_ms in held.held_people.batches_erased} == {True}


@pytest.mark.parametrize("minute", [0, 54, 55, 59])
def test_an_objection_deletes_every_hour_whose_events_the_log_takes_by_then(
    client: TestClient[Litestar], held: HeldDeltas, clock: Ticks, minute: int
) -> None:
    clock.now = NOW + minute * MINUTE_S
    client.put("/v1/users/ann/objection")
    now_ms = NOW_MS + minute * 60_000
    deleted = {start_ms for _, _, _, start_ms in held.held_people.batches_erased}
    assert deleted == {NOW_MS, hour_of(UTC, now_ms + SKEW_MS)}
    assert (NOW_MS + HOUR_MS in deleted) == (minute >= 55)
