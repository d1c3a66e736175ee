"""A producer dies in the middle of a file and sends it again from the beginning: each event counts once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from running import assert_exact, own_job, prepare, running, traffic, until
from trial import CARS

from flink_job.local.settings import StackSettings
from flink_job.local.traffic.traffic import Traffic
from flink_job.position import LogPosition
from flink_job.settings import JobSettings
from udfs.settings import environment

EVENTS = 3_000


@pytest.mark.slow
def test_a_file_that_a_killed_producer_sends_again_counts_once(local: StackSettings, tmp_path: Path) -> None:
    settings = own_job(local, "producer")
    prepare(local, settings, CARS)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(message.value or b"" for message in traffic(CARS, Traffic(users=300), EVENTS)))
    with running(local, settings):
        position = LogPosition(settings)
        with _producer(settings, file, rate=100) as first:
            until(lambda: sum(position.committed().values()) > EVENTS // 4)
            first.kill()
        sent = sum(position.committed().values()) + position.lag()
        assert sent < EVENTS
        with _producer(settings, file, rate=0) as second:
            assert second.wait(60) == 0
        report = assert_exact(settings, CARS)
        position.close()
    assert report.books.counted == EVENTS
    assert report.books.duplicate == report.books.produced - EVENTS >= EVENTS // 4


def _producer(settings: JobSettings, file: Path, rate: float) -> subprocess.Popen[bytes]:
    program = "from flink_job.console.main import main; main()"
    command = [sys.executable, "-c", program, "produce", "--from", str(file), "--rate", str(rate)]
    return subprocess.Popen(command, env=os.environ | environment(settings), stdout=subprocess.DEVNULL)
