"""A person's rights over a real store and a running API: what is erased stays erased, whatever writes it again."""

import asyncio
import datetime

import msgspec
import pytest
from serving import UTC, Served, now_ms

from api import calls
from api.client import Refused
from cql.generations import Generations
from cql.layers import Generation
from cql.writer import claim
from udfs.events.batch import DAY_MS, HOUR_MS, LATE, REPLAYED, SKEW_MS, Batch, Calendar
from udfs.events.exclusion import effective_ms, hour_of


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def n_eff(served: Served, user_id: str) -> float:
    with served.client() as client:
        return client.send(calls.profile(user_id, dimensions="make")).dimensions["make"].n_eff


def erase(served: Served, user_id: str) -> int:
    with served.client() as client:
        return round(client.send(calls.erase(user_id)).effective_at.timestamp() * 1000)


def test_an_erased_user_is_gone_from_serving_and_from_every_generation_at_once(served: Served, user: str) -> None:
    for generation in (1, 2):
        served.write(user, now_ms() - DAY_MS, generation=generation)
        served.write(user, now_ms(), generation=generation)
    assert n_eff(served, user) > 0
    erase(served, user)
    assert n_eff(served, user) == 0
    assert served.stored(user, 1) == served.stored(user, 2) == []


def test_dead_letters_that_were_replayed_today_are_erased_with_all_else(served: Served, user: str) -> None:
    replayed, another = (Batch(UTC.day(now_ms())[0], REPLAYED + number) for number in (0, 1))
    asyncio.run(served.write_unaware(user, replayed))
    assert served.stored(user) == [replayed]
    erase(served, user)
    assert served.stored(user) == []
    # A worker that has not heard of it writes this one again, and one that was not stored yet.
    for batch in (replayed, another):
        asyncio.run(served.write_unaware(user, batch))
    assert served.stored(user) == []


@pytest.mark.parametrize("generation", [1, 2])
def test_a_replay_or_a_restored_state_cannot_bring_an_erased_user_back(
    served: Served, user: str, generation: int
) -> None:
    occurred = now_ms() - DAY_MS
    served.write(user, occurred, generation=generation)
    erase(served, user)
    # A fold that knows writes nothing; a worker that does not know yet loses against the delete.
    assert not served.write(user, occurred, generation=generation)
    asyncio.run(served.write_unaware(user, UTC.batch(occurred, occurred), generation))
    assert served.stored(user, generation) == []


@pytest.mark.parametrize("generation", [1, 2])
def test_late_events_from_before_the_erasure_never_count(served: Served, user: str, generation: int) -> None:
    occurred = now_ms() - 2 * DAY_MS
    effective = erase(served, user)
    assert not served.write(user, occurred, append_ms=effective + 3 * HOUR_MS, generation=generation)
    assert served.stored(user, generation) == []
    assert n_eff(served, user) == 0


def test_a_generation_that_is_computed_later_does_not_have_the_user(served: Served, user: str) -> None:
    erase(served, user)
    assert not served.write(user, now_ms() - DAY_MS, generation=3)
    assert served.stored(user, 3) == []


def test_what_occurs_after_the_erasure_took_effect_is_written_and_shown(served: Served, user: str) -> None:
    effective = erase(served, user)
    assert served.write(user, effective)
    assert [batch.number for batch in served.stored(user)] == [UTC.batch(effective, effective).number]
    tomorrow = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)).date()
    with served.client() as client:
        found = client.send(calls.profile(user, dimensions="make", to=tomorrow)).dimensions["make"]
    assert found.n_eff == 1


def test_a_receipt_says_what_remains_where(served: Served, user: str) -> None:
    with served.client() as client:
        receipt = client.send(calls.erase(user))
        audit = client.send(calls.audit(receipt.asked_at.date()))
    assert receipt.effective_at.timestamp() * 1000 == effective_ms(UTC, round(receipt.asked_at.timestamp() * 1000))
    assert {one.where for one in receipt.remains} >= {"log of events", "dead letters", "checkpoints"}
    [deed] = [entry for entry in audit.entries if entry.user_id == user]
    assert (deed.action, deed.request_id) == ("erase", receipt.receipt_id)


def test_an_objecting_user_has_no_profile_no_score_and_nothing_new_is_kept(served: Served, user: str) -> None:
    served.write(user, now_ms() - DAY_MS)
    with served.client() as client:
        assert client.send(calls.object_to_profiling(user)).stands
        for call in (calls.profile(user), calls.scores(user, [{"id": "a"}]), calls.history(user)):
            with pytest.raises(Refused) as refused:
                client.send(call)
            assert refused.value.problem.status == 403
        assert client.send(calls.profiles([user, "somebody"])).withheld == [user]
        assert client.send(calls.many_scores([user, "somebody"], [{"id": "a"}])).withheld == [user]
    assert not served.write(user, now_ms())
    assert not served.write(user, now_ms() + HOUR_MS, append_ms=now_ms() + 2 * DAY_MS)


def test_a_write_that_had_not_heard_of_the_objection_does_not_stay(served: Served, user: str) -> None:
    asked_ms = now_ms()
    with served.client() as client:
        client.send(calls.object_to_profiling(user))
    for ms in (asked_ms, asked_ms + SKEW_MS):
        start = hour_of(UTC, ms)
        asyncio.run(served.write_unaware(user, UTC.batch(start, start)))
    assert served.stored(user) == []


def test_of_a_generation_of_another_time_zone_an_objection_deletes_the_hours_of_that_zone(
    served: Served, user: str
) -> None:
    """An hour east of UTC the number of the present hour in UTC is that of the hour before."""
    elsewhere = msgspec.structs.replace(served.catalogue, time_zone="Africa/Lagos")
    lagos = msgspec.structs.replace(served, catalogue=elsewhere)
    number = Generations(served.store).create(Generation(number=3), datetime.datetime.now(datetime.UTC)).number
    claim(served.store, served.of(number), elsewhere)
    before, since = (Calendar(elsewhere.time_zone).batch(ms, ms) for ms in (now_ms() - HOUR_MS, now_ms()))
    for batch in (before, since):
        asyncio.run(lagos.write_unaware(user, batch, number))
    with served.client() as client:
        client.send(calls.object_to_profiling(user))
    assert served.stored(user, number) == [before]


def test_a_withdrawn_objection_brings_back_what_was_before_and_nothing_of_the_time_between(
    served: Served, user: str
) -> None:
    served.write(user, now_ms() - DAY_MS)
    with served.client() as client:
        client.send(calls.object_to_profiling(user))
        withdrawn = client.send(calls.withdraw_objection(user))
    assert (withdrawn.stands, withdrawn.until is not None) == (False, True)
    assert n_eff(served, user) == 1
    assert not served.write(user, now_ms())
    before, until_ms = served.stored(user), round(withdrawn.until.timestamp() * 1000)  # type: ignore[union-attr]
    assert served.write(user, until_ms)
    assert served.stored(user) == [*before, UTC.batch(until_ms, until_ms)]


def test_evidence_of_a_cookie_and_its_login_adds_up_and_both_are_erased_and_exported(served: Served, user: str) -> None:
    cookie = f"{user}-cookie"
    served.write(user, now_ms() - DAY_MS)
    served.write(cookie, now_ms() - DAY_MS)
    with served.client() as client:
        client.send(calls.link(user, cookie))
        assert n_eff(served, user) == 2
        assert {row.user_id for row in client.send(calls.export(user)).rows} == {user, cookie}
        assert sorted(client.send(calls.erase(user)).user_ids) == sorted([user, cookie])
        assert client.send(calls.export(user)).rows == []
        assert client.send(calls.aliases(user)).aliases == []
    assert served.stored(cookie) == []


def test_a_history_tells_each_date_as_it_was_counted(served: Served, user: str) -> None:
    for days in (3, 1):
        served.write(user, now_ms() - days * DAY_MS)
    served.write(user, now_ms() - 3 * DAY_MS, append_ms=now_ms() - DAY_MS)
    with served.client() as client:
        found = client.send(calls.history(user, dimensions="make"))
    assert [(day.items, day.dimensions["make"].counts) for day in found.days] == [
        (2, {"view": {"bmw": 2}}),
        (1, {"view": {"bmw": 1}}),
    ]


def test_an_export_has_every_row_of_every_generation(served: Served, user: str) -> None:
    late = now_ms() - 2 * DAY_MS
    for generation in (1, 2):
        served.write(user, late, append_ms=late + DAY_MS, generation=generation)
    with served.client() as client:
        rows = client.send(calls.export(user)).rows
    assert [(row.generation, row.batch >= LATE) for row in rows] == [(1, True), (2, True)]
    assert set(rows[0].dimensions) == {dimension.name for dimension in served.catalogue.dimensions}
