"""Application mode, as the job runs on Kubernetes: its JobManager runs the program itself, and no client submits it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import DISORDER, assert_exact, own_job, own_settings, prepare, produce, traffic
from trial import CARS

from flink_job.local import cluster, job, processes
from flink_job.local.part import Part
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.settings import environment

EVENTS = 2_000
DRIVER = "org.apache.flink.client.python.PythonDriver"


@pytest.mark.slow
def test_a_job_in_application_mode_is_exact(local: StackSettings, tmp_path: Path) -> None:
    settings = own_job(local, "application")
    prepare(local, settings, CARS)
    flink = own_settings(tmp_path)
    cluster.prepare(flink)
    taskmanager = cluster.parts(flink)[1]
    with process(flink, jobmanager(flink, settings)), process(flink, taskmanager):
        produce(settings, traffic(CARS, DISORDER, EVENTS))
        assert_exact(settings, CARS)


def jobmanager(flink: StackSettings, settings: JobSettings) -> Part:
    """What `spec.job` of the FlinkDeployment says, for a cluster of processes."""
    [library] = (cluster.home() / "opt").glob("flink-python-*.jar")
    script = str(cluster.home() / "bin" / "standalone-job.sh")
    driven = ("--job-classname", DRIVER, "--jars", library.as_uri())
    return Part(
        name="jobmanager",
        command=(script, "start-foreground", *driven, "-D", "parallelism.default=2", "-py", str(job.PROGRAM)),
        environ=cluster.environ(flink) | environment(settings),
        address=flink.flink_url,
        ready=lambda _: True,
    )


@contextmanager
def process(flink: StackSettings, part: Part) -> Iterator[None]:
    """A process of the cluster, with all that it starts."""
    with (flink.directory / f"{part.name}.log").open("wb") as log:
        environ = part.marked(dict(os.environ), flink.directory)
        with subprocess.Popen(part.command, env=environ, stdout=log, stderr=log):
            try:
                yield
            finally:
                processes.sweep(flink.directory, part.name)
