"""An objection: what is deleted when it is made, and that the job hears of it, and of its withdrawal, when repeated."""

from collections.abc import Iterator

import pytest
from held import NOW, HeldSource, Ticks
from litestar import Litestar
from litestar.testing import TestClient

from api.app import create_app
from api.settings import ApiSettings
from cql.people import Hour
from udfs.events.batch import HOUR_MS, SKEW_MS, Calendar
from udfs.events.exclusion import Span, hour_of

pytestmark = pytest.mark.usefixtures("quiet")

UTC, BERLIN = Calendar("UTC"), Calendar("Europe/Berlin")
NOW_MS = round(NOW * 1000)
MINUTE_S = 60.0


@pytest.fixture
def client(held: HeldSource, clock: Ticks) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(ApiSettings(authentication=False), held, clock)) as found:
        yield found


@pytest.mark.parametrize("minute", [0, 20, 54, 55, 59])
def test_a_withdrawal_within_the_minute_gives_back_hours_in_which_nothing_was_deleted(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks, minute: int
) -> None:
    """A delete outlasts every write of its hour, so the hour could never be counted."""
    clock.now = NOW + minute * MINUTE_S
    client.put("/v1/users/ann/objection")
    clock.now += MINUTE_S / 2
    client.delete("/v1/users/ann/objection")
    [span] = held.held_people.held_spans["ann"].values()
    assert {span.covers(hour.start_ms) for hour in held.held_people.hours_erased["ann", 1]} == {True}


@pytest.mark.parametrize("minute", [0, 54, 55, 59])
def test_an_objection_deletes_every_hour_whose_events_the_log_takes_by_then(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks, minute: int
) -> None:
    clock.now = NOW + minute * MINUTE_S
    client.put("/v1/users/ann/objection")
    now_ms = NOW_MS + minute * 60_000
    deleted = {hour.start_ms for hour in held.held_people.hours_erased["ann", 1]}
    assert deleted == {NOW_MS, hour_of(UTC, now_ms + SKEW_MS)}
    assert (NOW_MS + HOUR_MS in deleted) == (minute >= 55)


def test_in_a_generation_of_another_time_zone_the_hours_of_that_zone_are_deleted(
    client: TestClient[Litestar], held: HeldSource
) -> None:
    """Midnight in UTC is its second hour; what is known as the first hour there may be from before the objection."""
    before, since = (Hour(BERLIN.batch(ms, ms), ms) for ms in (NOW_MS - HOUR_MS, NOW_MS))
    held.held_people.elsewhere = {2}
    held.held_people.held_hours["ann", 2] = [before, since]
    client.put("/v1/users/ann/objection")
    assert (before.batch.number, since.batch.number) == (0, 1)
    assert held.held_people.hours_erased["ann", 2] == {since}


def test_an_objection_of_which_the_job_was_not_told_is_told_when_it_is_repeated(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    """Meanwhile the job has stored two hours more."""
    people, began = held.held_people, Span(NOW_MS, None)
    hours = [Hour(UTC.batch(ms, ms), ms) for ms in range(NOW_MS - HOUR_MS, NOW_MS + 3 * HOUR_MS, HOUR_MS)]
    people.half_away = True
    assert client.put("/v1/users/ann/objection").status_code == 503
    people.half_away = False
    people.held_hours["ann", 1] = hours
    clock.now += 2 * HOUR_MS / 1000
    assert client.put("/v1/users/ann/objection").json()["stands"]
    assert people.held_spans["ann"] == people.announced["ann"] == {NOW_MS: began}
    assert people.hours_erased["ann", 1] == set(hours[1:])


def test_a_withdrawal_of_which_the_job_was_not_told_is_told_when_it_is_repeated(
    client: TestClient[Litestar], held: HeldSource
) -> None:
    people = held.held_people
    client.put("/v1/users/ann/objection")
    people.half_away = True
    assert client.delete("/v1/users/ann/objection").status_code == 503
    people.half_away = False
    assert not client.delete("/v1/users/ann/objection").json()["stands"]
    assert people.announced["ann"] == {NOW_MS: Span(NOW_MS, NOW_MS + HOUR_MS)}


def test_a_withdrawal_leaves_an_end_as_it_was_and_an_erasure_alone(
    client: TestClient[Litestar], held: HeldSource, clock: Ticks
) -> None:
    client.delete("/v1/users/ann")
    client.put("/v1/users/ann/objection")
    client.delete("/v1/users/ann/objection")
    before = dict(held.held_people.held_spans["ann"])
    clock.now += 9 * HOUR_MS / 1000
    client.delete("/v1/users/ann/objection")
    assert held.held_people.held_spans["ann"] == before
