"""Generations on a real store and a running API: overlaid, switched to, erased from and dropped."""

import asyncio
import datetime
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from running import until
from serving import UTC, Served

from api import calls
from cql.generations import Generations
from cql.layers import Generation
from cql.writer import claim
from flink_job.generations.switch import drop, rollback, switch
from flink_job.local.bench.flush import flush
from flink_job.local.bench.serving import write
from flink_job.local.bench.stored import stored
from flink_job.local.traffic.items import load as load_items
from udfs.errors import StoreRefused
from udfs.events.batch import DAY_MS, SKEW_MS, date_of

NOW = datetime.datetime.now(datetime.UTC)
USERS, DATES = 20, 50


@pytest.fixture
def generations(served: Served) -> Iterator[Generations]:
    """At the end answers rest on generation 1 again, as other tests expect."""
    found = Generations(served.store)
    yield found
    found.switch(1, 1, NOW)


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def ago(days: int) -> int:
    return time.time_ns() // 1_000_000 - days * DAY_MS


def date(days: int) -> datetime.date:
    return date_of(UTC.day(ago(days))[0])


def child(served: Served, generations: Generations, alone_days_ago: int | None, parent: int = 1) -> int:
    """A new generation over its parent, claimed as by its job."""
    alone = None if alone_days_ago is None else date(alone_days_ago)
    made = generations.create(Generation(number=3, parent=parent, alone_from=alone), NOW)
    claim(served.store, served.of(made.number), served.catalogue)
    return made.number


def dates(served: Served, user: str) -> list[datetime.date]:
    """The dates on which the API knows something of the user."""
    with served.client() as client:
        return [day.date for day in client.send(calls.history(user, dimensions="make")).days]


def on_disk(served: Served) -> int:
    return sum(flush(served.store, served.local, served.settings).values())


@contextmanager
def compacted(served: Served) -> Iterator[None]:
    """A strategy that merges whatever files there are; then the table's own again."""
    served.store.execute("ALTER TABLE deltas WITH compaction = {'class': 'LeveledCompactionStrategy'}")
    try:
        yield
    finally:
        served.store.execute("ALTER TABLE deltas WITH compaction = {'class': 'SizeTieredCompactionStrategy'}")


def generation(served: Served, user: str) -> int:
    with served.client() as client:
        return client.send(calls.history(user)).generation


def test_before_the_date_on_which_it_stands_alone_a_generation_is_laid_over_its_parent(
    served: Served, generations: Generations, user: str
) -> None:
    for days in (5, 3, 1):
        served.write(user, ago(days))
    number = child(served, generations, alone_days_ago=2)
    served.write(user, ago(5), generation=number)
    switch(generations, number, 1, NOW)
    until(lambda: generation(served, user) == number, 5)
    # Yesterday's is the parent's alone and counts no more; of five days ago there is a row in both, which counts once.
    assert dates(served, user) == [date(5), date(3)]
    with served.client() as client:
        assert client.send(calls.profile(user, dimensions="make")).dimensions["make"].n_eff == 2


def test_running_apis_follow_a_switch_and_a_rollback(served: Served, generations: Generations, user: str) -> None:
    number = child(served, generations, None)
    generation(served, user)
    for wanted, act in ((number, lambda: switch(generations, number, 1, NOW)), (1, lambda: rollback(generations, NOW))):
        act()
        until(lambda wanted=wanted: generation(served, user) == wanted, 5)  # type: ignore[misc]


def test_an_erased_user_is_gone_from_a_generation_made_before_the_erasure_or_after_it(
    served: Served, generations: Generations, user: str
) -> None:
    before = child(served, generations, None)
    for number in (1, before):
        served.write(user, ago(1), generation=number)
    with served.client() as client:
        assert before in client.send(calls.erase(user)).generations
    after = child(served, generations, None)
    assert not served.write(user, ago(1), generation=after)
    for number in (before, after):
        switch(generations, number, 1, NOW)
        assert served.stored(user, number) == []


def test_a_switch_reads_the_erasures_again(served: Served, generations: Generations, user: str) -> None:
    """A generation that no job has claimed when the user is erased is not known to the erasure."""
    with served.client() as client:
        client.send(calls.erase(user))
    unclaimed = generations.create(Generation(number=3, parent=1), NOW).number
    batch = UTC.batch(ago(1), ago(1))
    asyncio.run(served.write_unaware(user, batch, unclaimed))
    assert served.stored(user, unclaimed) == [batch]
    switch(generations, unclaimed, 1, NOW)
    assert served.stored(user, unclaimed) == []


def test_a_dropped_generation_has_no_rows_while_others_keep_theirs(
    served: Served, generations: Generations, user: str
) -> None:
    number = child(served, generations, None)
    for one in (1, number):
        served.write(user, ago(1), generation=one)
    assert list(drop(generations, number, 1, NOW))[-1] >= 1
    assert len(served.stored(user, 1)) == 1
    assert served.rows_of(number) == []
    assert generations.find(number).state == "dropped"
    assert generations.create(Generation(number=3), NOW).number > number


def test_what_a_dropped_generation_held_leaves_the_disk_when_the_table_is_compacted(
    served: Served, generations: Generations, user: str
) -> None:
    served.write(user, ago(1))
    number, before = child(served, generations, None), on_disk(served)
    rows = stored(load_items(served.catalogue), USERS, DATES, date(0))
    write(served.store, served.of(number), served.catalogue, rows)
    held = on_disk(served) - before
    assert held > USERS * DATES * len(served.catalogue.dimensions)
    list(drop(generations, number, 1, NOW))
    with compacted(served):
        until(lambda: on_disk(served) < before + held / 20)


def test_an_interrupted_drop_is_taken_up_again(served: Served, generations: Generations, user: str) -> None:
    number = child(served, generations, None)
    for one in range(3):
        served.write(f"{user}-{one}", ago(1), generation=number)
    assert len(list(itertools.islice(drop(generations, number, 1, NOW), 1))) == 1
    assert generations.find(number).state == "dropping"
    assert served.rows_of(number) != []
    list(drop(generations, number, 1, NOW))
    assert served.rows_of(number) == []


def test_a_job_is_refused_that_would_write_into_a_dropped_generation(served: Served, generations: Generations) -> None:
    number = child(served, generations, None)
    list(drop(generations, number, 1, NOW))
    with pytest.raises(StoreRefused, match=f"generation {number} is dropped"):
        claim(served.store, served.of(number), served.catalogue)


def test_what_is_in_force_or_below_another_generation_is_not_dropped(served: Served, generations: Generations) -> None:
    number = child(served, generations, None)
    upper = child(served, generations, None, parent=number)
    for needed in (number, 1):
        with pytest.raises(StoreRefused, match="lies below generation"):
            drop(generations, needed, 1, NOW)
    switch(generations, upper, 1, NOW)
    with pytest.raises(StoreRefused, match="in force; switch to another"):
        drop(generations, upper, 1, NOW)


def test_a_generation_that_is_not_there_cannot_be_switched_to(generations: Generations) -> None:
    with pytest.raises(StoreRefused, match="generation 999 is not there"):
        switch(generations, 999, 1, NOW)


def test_a_batch_of_which_a_generation_meets_only_a_part_is_left_to_its_parent(
    served: Served, generations: Generations, user: str
) -> None:
    midnight = UTC.start(UTC.day(ago(2))[0])
    since = midnight - SKEW_MS
    made = generations.create(Generation(number=3, parent=1, alone_from=date(2), since_ms=since), NOW)
    claim(served.store, served.of(made.number), served.catalogue)
    assert not served.write(user, midnight - 1, append_ms=midnight + 1, generation=made.number)
    assert served.write(user, midnight, append_ms=midnight, generation=made.number)
