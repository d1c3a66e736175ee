"""The job's entry, `flink run -py flink_job/__main__.py`: settings, checks, graph, execution."""

import os

from pyflink.datastream import StreamExecutionEnvironment

from flink_job import clock
from flink_job.pipeline import build, configuration
from flink_job.settings import JobSettings
from flink_job.start import Beginning, check
from udfs.catalogues.catalogue import load
from udfs.settings import read


def main() -> None:
    """Submit the job that the environment describes."""
    settings = read(JobSettings, os.environ)
    catalogue = load(settings.catalogue)
    env = StreamExecutionEnvironment.get_execution_environment(configuration(settings))
    check(settings, catalogue, _beginning(env), clock.now_ms())
    build(env, settings, catalogue)
    env.execute(f"penchant {catalogue.name} generation {settings.generation} ({settings.plan})")


def _beginning(env: StreamExecutionEnvironment) -> Beginning:
    """What `flink run -s` was given, and whether Flink knows better."""
    given = env._j_stream_execution_environment.getConfiguration().toMap()
    available = str(given.get("high-availability.type") or "NONE")
    return Beginning(str(given.get("execution.state-recovery.path") or ""), recovers=available.upper() != "NONE")


if __name__ == "__main__":
    main()
