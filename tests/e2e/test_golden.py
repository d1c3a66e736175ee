"""State that an earlier build has written is read by today's: its batches grow, and nothing of them is lost."""

import time

import msgspec
from golden_job import AT, BUILD, EACH, SAVEPOINT, USERS, log, settings
from running import begun_from, job_id, job_name, prepare, produce, recounted_of, rows, submit, totals, until
from trial import CARS

from cql.rows import Layout
from flink_job.local import job
from flink_job.local.settings import StackSettings
from flink_job.log import Log
from flink_job.position import LogPosition
from flink_job.verify.compare import compare
from flink_job.verify.recount import recount


def test_a_golden_savepoint_goes_on_in_todays_code(local: StackSettings) -> None:
    own = settings(local)
    prepare(local, own, CARS)
    # What the savepoint has read; these lie before its offsets and are not read again.
    produce(own, log(0, EACH))
    submitted = submit(local, own, parallelism=2, build=BUILD, savepoint=SAVEPOINT)
    try:
        until(lambda: begun_from(local, submitted) == SAVEPOINT)
        produce(own, log(EACH, EACH))
        position = LogPosition(own)
        until(lambda: position.lag() == 0 and sum(position.committed().values()) > 0)
        position.close()
        with Log(own, own.events_topic) as events:
            pinned = round(AT.timestamp() * 1000)
            taken = [msgspec.structs.replace(one, append_ms=pinned) for one in events.records(events.ends())]
        found = rows(own, CARS)
    finally:
        job.cancel(local, job_id(local, job_name(own)))
    counted = recount(taken, CARS, own.retention_days)
    layout = Layout(CARS, own.generation, own.retention_days)
    report = compare(counted, found, [], CARS, layout, time.time_ns() // 1_000_000)
    assert report.cells.agree, report.lines()
    assert totals(found, CARS) == recounted_of(taken, own, CARS)[0]
    assert sum(row.events for row in found) == 2 * USERS * EACH
