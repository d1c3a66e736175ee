"""Savepoints: the job goes on from one in other code and at another parallelism, and refuses one that is too old."""

import re
from pathlib import Path

import psutil
import pytest
from records import event, message
from running import assert_exact, job_name, own_job, part, prepare, produce, submit, until
from trial import CARS, SUBTASKS, trial

from flink_job.local import flink, job, stack
from flink_job.local.settings import StackSettings
from flink_job.local.state import Phase
from flink_job.position import LogPosition
from flink_job.savepoint import offsets
from flink_job.settings import JobSettings
from udfs.errors import RestoreRefused


@pytest.mark.slow
def test_a_job_is_rescaled_from_2_to_4_to_1_under_load(local: StackSettings) -> None:
    with trial(local, "rescaled") as under:
        for subtasks in (4, 1):
            under.move(subtasks=subtasks)
            vertices = flink.job_detail(local, under.job)["vertices"]
            assert max(vertex["parallelism"] for vertex in vertices) == subtasks
            under.recover()


@pytest.mark.slow
def test_a_job_stopped_at_a_savepoint_goes_on_in_changed_code_and_back_again(local: StackSettings) -> None:
    with trial(local, "upgraded") as under:
        for build in ("rewritten", ""):
            under.move(subtasks=SUBTASKS, build=build)
            under.recover()


def test_a_savepoint_tells_which_records_it_covers(local: StackSettings) -> None:
    settings, savepoint = _stopped(local, "covered", 24)
    metadata = (savepoint / "_metadata").read_bytes()
    position = LogPosition(settings)
    assert offsets(metadata, settings.events_topic) == position.committed()
    assert sum(position.committed().values()) == 50
    position.close()
    assert offsets(metadata, "another.topic") == {}


def test_a_savepoint_that_is_older_than_the_state_may_be_is_refused_with_the_mend(local: StackSettings) -> None:
    """A time to live of 7 h is shorter than a batch may take to fill, so anything is too old."""
    settings, savepoint = _stopped(local, "too_old", 7)
    produce(settings, [message(event("after", 1))])
    mend = re.escape("a new generation over the one in force (`penchant reprocess --from DATE`")
    with pytest.raises(RestoreRefused, match=mend):
        submit(local, settings, parallelism=1, savepoint=savepoint)
    assert not [one for one in job.records(local) if one.name == job_name(settings)]


@pytest.mark.slow
def test_a_lost_job_whose_state_may_have_expired_is_left_alone_and_the_mend_is_told(local: StackSettings) -> None:
    settings = own_job(local, "given_up", state_ttl_hours="7")
    prepare(local, settings, CARS)
    lost = submit(local, settings, parallelism=1)
    try:
        produce(settings, [message(event(f"user-{number}", number)) for number in range(50)])
        assert_exact(settings, CARS)
        pid = part(local, "jobmanager").pid
        psutil.Process(pid).kill()
        # Without a JobManager no checkpoint will cover it.
        produce(settings, [message(event("after", 1))])
        until(lambda: "given_up-1 cannot go on" in stack.status(local).failure, 240)
        assert "`penchant reprocess --from DATE`" in stack.status(local).failure
    finally:
        job.forget(local, lost)
    # TaskManagers may still be on their way to the new JobManager.
    until(lambda: stack.status(local).phase is Phase.UP)


def _stopped(local: StackSettings, name: str, ttl_hours: int) -> tuple[JobSettings, Path]:
    """Settings and savepoint of a job that has read 50 records."""
    settings = own_job(local, name, state_ttl_hours=str(ttl_hours))
    prepare(local, settings, CARS)
    submitted = submit(local, settings, parallelism=1)
    produce(settings, [message(event(f"user-{number}", number)) for number in range(50)])
    assert_exact(settings, CARS)
    return settings, job.stop_with_savepoint(local, submitted)
