"""A bug in the fold is mended beside the live service: from the savepoint before it, and from the log."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from again import ago_date, from_log, from_savepoint, generations, job_of, penchant, silent
from asking import Caller, api
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from records import ago, event, message
from running import (
    DISORDER,
    PATIENCE_S,
    assert_exact,
    job_id,
    job_name,
    kill,
    kill_workers,
    own_job,
    prepare,
    produce,
    submit,
    traffic,
    until,
    verified,
)
from trial import CARS

from cql.store import Store
from cql.writer import claim
from flink_job.generations.fence import faults
from flink_job.local import flink, job, reprocess
from flink_job.local.demo.feed import Feed
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.message import Message
from flink_job.reprocess.prepare import Prepared
from flink_job.settings import JobSettings
from udfs.errors import SettingsError, StackError

EVENTS = 1_500
ALONE_DAYS = 2
LATE_DAYS = 5
USERS = [f"user-{number:05}" for number in range(8)]
RATE = 50.0
VICTIMS = ("taskmanager-1", "taskmanager-2", "jobmanager", "kafka", "cassandra")
SEEN = 25
"""Answers under each map before the next switch."""


@pytest.mark.slow
def test_a_bug_of_a_release_is_mended_from_the_savepoint_before_it_whatever_dies(local: StackSettings) -> None:
    settings = own_job(local, "mended")
    prepare(local, settings, CARS)
    some = traffic(CARS, DISORDER, EVENTS)
    good = submit(local, settings, parallelism=1)
    produce(settings, (next(some) for _ in range(EVENTS // 3)))
    assert_exact(settings, CARS)
    savepoint = job.stop_with_savepoint(local, good)
    submit(local, settings, parallelism=1, build="repeating", savepoint=savepoint)
    produce(settings, some)
    assert not verified(settings, CARS).cells.agree

    prepared = from_savepoint(settings, savepoint)
    mended = prepared.settings
    reprocess.begin(local, prepared, 1)
    with streaming(settings):
        for victim in VICTIMS:
            until(lambda: runs(local, prepared), PATIENCE_S)
            kill(local, victim)
        until(lambda: runs(local, prepared), PATIENCE_S)
        kill_workers(local)
    reprocess.follow(local, prepared, silent)
    assert list(faults(mended, CARS, print)) == []
    assert_exact(mended, CARS)

    patient = {"PENCHANT_AUTHENTICATION": "false", "PENCHANT_STORE_TIMEOUT_MS": "5000"}
    with api(settings, **patient) as url, Caller(url, USERS) as caller:
        seen(caller, settings.generation)
        penchant(local, settings, "generation", "switch", "2")
        seen(caller, mended.generation)
        for generation in (settings.generation, mended.generation):
            penchant(local, settings, "generation", "rollback")
            seen(caller, generation)
    assert caller.statuses() == {200}
    maps = answers_by_map(caller)
    assert all(len(told) == 1 for told in maps.values()), "an answer saw two maps"
    told_of = {number: {user: told for (user, of), told in maps.items() if of == number} for number in (1, 2)}
    assert told_of[1] != told_of[2], "nobody was shown the bug"

    job.stop_with_savepoint(local, live_job(local, settings))
    produce(settings, traffic(CARS, msgspec.structs.replace(DISORDER, run="after"), EVENTS // 3))
    assert_exact(mended, CARS)
    job.cancel(local, job_of(local, prepared))


@pytest.mark.slow
def test_history_from_the_log_is_capped_paused_taken_up_again_and_late_events_count_once(local: StackSettings) -> None:
    settings = own_job(local, "relogged", write_rate="30")
    prepare(local, settings, CARS)
    bad = submit(local, msgspec.structs.replace(settings, write_rate=0), parallelism=1, build="repeating")
    produce(settings, traffic(CARS, DISORDER, EVENTS))
    produce(settings, late(0))
    assert not verified(settings, CARS).cells.agree

    prepared = from_log(settings, ALONE_DAYS)
    reprocess.begin(local, prepared, 1)
    reprocess.pause(local, prepared)
    produce(settings, late(1))
    date = ago_date(ALONE_DAYS).isoformat()
    penchant(local, settings, "reprocess", "--from", date, "--parallelism", "1", "--rate", "100")
    assert f"2  open  over 1, alone from {date}" in penchant(local, settings, "generation", "list")
    penchant(local, settings, "generation", "switch", "2")
    job.cancel(local, bad)
    produce(settings, late(2))
    assert_exact(prepared.settings, CARS)
    job.cancel(local, job_of(local, prepared))


def test_what_cannot_be_exact_is_refused_with_what_to_do_instead(local: StackSettings, tmp_path: Path) -> None:
    settings = own_job(local, "refused")
    prepare(local, settings, CARS)
    produce(settings, [message(event(f"user-{number}", number)) for number in range(20)])
    with pytest.raises(SettingsError, match="see `penchant savepoint list`, or compute from a date on"):
        from_savepoint(settings, tmp_path)
    with pytest.raises(SettingsError, match="rows are kept for 60 days"):
        from_log(settings, 70)
    with pytest.raises(SettingsError, match="batches of the day before fill until"):
        from_log(settings, -1)
    forget(settings, 1)
    with pytest.raises(SettingsError, match=r"no longer holds the beginning of that date.*--from-archive"):
        from_log(settings, 3)
    with generations(settings) as found:
        assert found.known() == {}


def test_a_savepoint_whose_events_were_decoded_otherwise_is_refused(local: StackSettings, tmp_path: Path) -> None:
    settings = own_job(local, "decoded")
    prepare(local, settings, CARS)
    finer = msgspec.structs.replace(CARS.dimensions[0], missing=["unknown"])
    changed = msgspec.structs.replace(CARS, dimensions=(finer, *CARS.dimensions[1:]))
    store = Store.open(settings)
    claim(store, settings, changed)
    store.close()
    with pytest.raises(SettingsError, match=rf"{finer.name} is of another version .* --from DATE"):
        from_savepoint(settings, tmp_path)


def late(run: int) -> Iterator[Message]:
    """Events far too late: of dates before those on which the generation stands alone, and of such dates."""
    for days in (LATE_DAYS, 1):
        for number in range(5):
            yield message(event(f"late-{number}", 10 * run + number, occurred_at=ago(days=days)))


def live_job(local: StackSettings, settings: JobSettings) -> str:
    """The present id of the job beside which history is computed again."""
    return job_id(local, job_name(settings))


def seen(caller: Caller, generation: int) -> None:
    """Wait until a number of answers rests on a generation."""
    begun = len(caller.answers)
    until(lambda: sum(answer["generation"] == generation for answer in bodies(caller, begun)) >= SEEN)


def bodies(caller: Caller, begun: int = 0) -> list[dict[str, object]]:
    return [json.loads(answer.body) for answer in caller.answers[begun:] if answer.status == 200]


def answers_by_map(caller: Caller) -> dict[tuple[object, object], set[str]]:
    """What was told of each user under each generation."""
    found: dict[tuple[object, object], set[str]] = {}
    for answer in bodies(caller):
        found.setdefault((answer["user_id"], answer["generation"]), set()).add(json.dumps(answer["dimensions"]))
    return found


@contextmanager
def streaming(settings: JobSettings) -> Iterator[None]:
    """Traffic goes on meanwhile; all of it is acknowledged in the end."""
    with closing(Feed(load_items(CARS), msgspec.structs.replace(DISORDER, run="meanwhile"), settings)) as feed:
        feed.start(None, RATE)
        yield


def runs(local: StackSettings, prepared: Prepared) -> bool:
    """Whether all of the generation's job runs; a JobManager that was killed does not know it for a while."""
    with suppress(StackError):
        return flink.runs(local, job_of(local, prepared))
    return False


def forget(settings: JobSettings, offset: int) -> None:
    """Delete what each partition of the log holds before an offset."""
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap})
    wanted = [TopicPartition(settings.events_topic, partition, offset) for partition in (0, 1)]
    for future in admin.delete_records(wanted).values():
        future.result()
