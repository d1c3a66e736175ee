"""A test that fails must not take the next ones along: what it left running on the shared cluster ends with it."""

from collections.abc import Iterator

import pytest

from flink_job.local import job
from flink_job.local.settings import StackSettings


@pytest.fixture(autouse=True)
def no_job_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    if "local" not in request.fixturenames:
        yield
        return
    local: StackSettings = request.getfixturevalue("local")
    before = {record.job for record in job.records(local)}
    yield
    for record in job.records(local):
        if record.job not in before:
            job.cancel(local, record.job)
