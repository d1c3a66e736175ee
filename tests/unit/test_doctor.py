"""`penchant doctor`: what must be mended is named with its mend, and nothing else is."""

from collections.abc import Iterator

import msgspec
import pytest
from confluent_kafka.admin import AclOperation

from cql.settings import StoreSettings
from flink_job.doctor import doctor
from flink_job.doctor.doctor import in_force
from flink_job.doctor.finding import Finding, clock, guarded
from flink_job.doctor.log import Topic, letter_size, topic_findings
from flink_job.doctor.services import api_findings, checkpoints, flink_findings, running_jobs
from flink_job.doctor.store import copies, progress, tables, versions
from flink_job.settings import MAX_LETTER_BYTES, JobSettings
from udfs.errors import StoreUnavailable

GOOD = {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1", "max.message.bytes": "1000"}
EVENTS = Topic("events", 4, 3, GOOD, frozenset({AclOperation.READ}))
DAY_MS = 86_400_000
RUNNING = {"jid": "1", "name": "penchant cars generation 1", "state": "RUNNING"}


def mends(topic: Topic) -> list[str]:
    return [one.mend for one in topic_findings(topic, JobSettings(), AclOperation.READ) if one.mend]


def with_config(**changes: str) -> Topic:
    return EVENTS._replace(config=GOOD | {name.replace("_", "."): value for name, value in changes.items()})


def test_a_good_topic_needs_no_mend() -> None:
    assert mends(EVENTS) == mends(EVENTS._replace(may=None)) == []


def test_a_topic_with_the_producers_time_is_to_be_altered() -> None:
    assert mends(with_config(message_timestamp_type="CreateTime")) == [
        "set message.timestamp.type=LogAppendTime on topic 'events'"
    ]


@pytest.mark.parametrize(("retention_ms", "short"), [(DAY_MS - 1, True), (DAY_MS, False), (-1, False)])
def test_a_log_that_forgets_sooner_than_state_expires_is_to_be_kept_longer(retention_ms: int, short: bool) -> None:
    assert bool(mends(with_config(retention_ms=str(retention_ms)))) is short


def test_a_missing_permission_is_named() -> None:
    assert mends(EVENTS._replace(may=frozenset({AclOperation.DESCRIBE}))) == [
        "allow READ on topic 'events' to the user of the job"
    ]


@pytest.mark.parametrize(("short", "well"), [(1, False), (0, True)])
def test_the_rejected_topic_must_take_the_largest_letter_that_the_job_writes(short: int, well: bool) -> None:
    assert letter_size(with_config(max_message_bytes=str(MAX_LETTER_BYTES - short))).is_well is well


@pytest.mark.parametrize(("ahead_ms", "well"), [(1_000, True), (-1_000, True), (1_001, False), (-1_001, False)])
def test_a_clock_that_drifts_is_to_be_set(ahead_ms: int, well: bool) -> None:
    assert clock("store", ahead_ms, 1_000).is_well is well


def test_the_data_centre_of_this_process_must_hold_the_promised_copies() -> None:
    settings = StoreSettings(store_datacenter="first", store_replication=3)
    assert copies({"first": 3, "second": 2}, settings).is_well
    assert "'first' has 3 copies" in copies({"second": 3}, settings).mend
    assert not copies({}, settings).is_well


def test_tables_of_another_build_are_to_be_migrated() -> None:
    assert tables([]).is_well
    assert tables(["014_more", "column d_make"]) == Finding(
        "store", "the tables lack 014_more, column d_make", "run `penchant migrate`"
    )


def test_another_version_of_a_dimension_is_named() -> None:
    assert versions({}, 1).is_well
    assert "make" in versions({"make": "abc"}, 1).says


@pytest.mark.parametrize(("through_ms", "well"), [(None, False), (1_000_000 - 60_001, False), (1_000_000 - 1, True)])
def test_a_job_that_is_behind_is_to_be_looked_after(through_ms: int | None, well: bool) -> None:
    assert progress(through_ms, 1_000_000).is_well is well


def test_a_cluster_without_our_job_running_is_to_get_it() -> None:
    assert running_jobs([RUNNING]).is_well
    assert running_jobs([]).says == "the cluster has no job"
    for ended in (RUNNING | {"state": "FAILED"}, RUNNING | {"name": "another"}):
        assert running_jobs([ended]).mend.startswith("submit the job")


@pytest.mark.parametrize("state", ["RESTARTING", "CREATED", "INITIALIZING"])
def test_a_job_of_ours_that_does_not_run_yet_is_not_to_be_submitted_again(state: str) -> None:
    waiting = {"jid": "2", "name": "penchant cars generation 2", "state": state}
    for jobs in ([waiting], [RUNNING, waiting]):
        assert running_jobs(jobs).mend.startswith("do not submit it again: 'penchant cars generation 2' is there")
    assert running_jobs([RUNNING, waiting | {"name": "another"}]).is_well


@pytest.mark.parametrize("address", ["penchant-api", "localhost:18080", "file:///etc", "http://[", "http://host:port"])
def test_an_address_that_is_none_is_a_finding(address: str) -> None:
    assert [one.part for one in api_findings(address) if one.mend] == ["api", "api"]
    assert all(address in one.says for one in flink_findings(address, 0, 5_000))


def test_an_address_without_its_scheme_is_told_how_it_is_written() -> None:
    assert {one.mend for one in api_findings("penchant-api")} == {"write --api http://HOST:PORT, or https://"}


def test_the_generation_that_answers_rest_on_is_looked_at_where_the_store_can_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "chosen", lambda _: 2)
    assert in_force(JobSettings()).group == "penchant.2"
    monkeypatch.setattr(doctor, "chosen", _away)
    assert in_force(JobSettings()) == JobSettings()


def _away(_: JobSettings) -> int:
    raise StoreUnavailable


@pytest.mark.parametrize(
    ("interval_ms", "age_ms", "well"),
    [(5_000, 60_000, True), (5_000, 60_001, False), (10_000, 100_000, True), (10_000, 100_001, False)],
)
def test_a_checkpoint_older_than_ten_intervals_and_a_minute_is_too_old(
    interval_ms: int, age_ms: int, well: bool
) -> None:
    newest = {"completed": {"latest_ack_timestamp": 1_000_000 - age_ms}}
    assert checkpoints({"latest": newest, "counts": {"failed": 0}}, 1_000_000, interval_ms).is_well is well


def test_no_checkpoint_at_all_is_to_be_mended() -> None:
    assert not checkpoints({"latest": {"completed": None}, "counts": {"failed": 2}}, 0, 5_000).is_well


def test_an_error_of_ours_is_a_finding_and_ends_its_part() -> None:
    def broken() -> Iterator[Finding]:
        yield Finding("store", "fine")
        message = "no host"
        raise StoreUnavailable(message)

    found = list(guarded("store", broken(), "start it"))
    assert found == [Finding("store", "fine"), Finding("store", "no host", "start it")]
    assert msgspec.json.encode(found[0]) == b'{"part":"store","says":"fine"}'
