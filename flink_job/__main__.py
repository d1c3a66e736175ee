"""The job's entry, `flink run -py flink_job/__main__.py`: settings, checks, graph, execution."""

import os

from pyflink.datastream import StreamExecutionEnvironment

from flink_job.pipeline import build, configuration
from flink_job.settings import JobSettings
from flink_job.start import check
from udfs.catalogues.catalogue import load
from udfs.settings import read


def main() -> None:
    """Submit the job that the environment describes."""
    settings = read(JobSettings, os.environ)
    catalogue = load(settings.catalogue)
    check(settings, catalogue)
    env = StreamExecutionEnvironment.get_execution_environment(configuration(settings))
    build(env, settings, catalogue)
    env.execute(f"penchant {catalogue.name} generation {settings.generation} ({settings.plan})")


if __name__ == "__main__":
    main()
