"""A producer with transactions: what it took back does not count, and their ends, offsets too, hold nothing up."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import Producer
from records import event, message
from running import assert_exact, own_job, prepare, rows, running, until
from trial import CARS

from cql.generations import Generations
from cql.store import Store
from flink_job.broker import librdkafka
from flink_job.local.settings import StackSettings
from flink_job.position import LogPosition
from flink_job.settings import JobSettings

USERS = [f"user-{number}" for number in range(8)]
"""So many that each partition has some of them."""


@pytest.fixture
def job(local: StackSettings) -> Iterator[JobSettings]:
    settings = own_job(local, "transactions")
    prepare(local, settings, CARS)
    with running(local, settings):
        yield settings


def test_what_a_transaction_took_back_does_not_count_and_progress_goes_on(job: JobSettings) -> None:
    producer = Producer(librdkafka(job) | {"transactional.id": "transactions", "partitioner": "murmur2_random"})
    producer.init_transactions(30)
    _send(producer, job, number=1)
    producer.commit_transaction(30)
    _send(producer, job, number=2)
    producer.abort_transaction(30)
    report = assert_exact(job, CARS)
    assert report.books.produced == report.books.counted == len(USERS)
    assert {row.key.user_id: row.events for row in rows(job, CARS)} == dict.fromkeys(USERS, 1)
    ended_ms = time.time_ns() // 1_000_000
    with closing(LogPosition(job)) as position:
        assert (position.lag(), position.through_ms(ended_ms)) == (0, ended_ms)
        assert sum(position.committed().values()) < sum(position.ends().values()), "the ends have offsets"
    with closing(Store.open(job)) as store:
        until(lambda: (Generations(store).fresh_through_ms(job.generation) or 0) > ended_ms)


def _send(producer: Producer, job: JobSettings, number: int) -> None:
    """An event of each user, in a transaction that stays open."""
    producer.begin_transaction()
    for user in USERS:
        made = message(event(user, number))
        producer.produce(job.events_topic, made.value, made.key)
    assert producer.flush(30) == 0
