"""The jars of the stack: brought once through Maven and kept in the user's cache.

In: a component (name, version, Maven coordinates). Out: a directory that holds its jar and all it needs at run time. A
directory under its final name is always whole: Maven fills another one, which is then renamed.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from udfs.errors import StackError

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>penchant.local</groupId>
  <artifactId>{name}</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>{dependencies}</dependencies>
</project>
"""

_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


class Component(msgspec.Struct, frozen=True):
    """Something that Maven can bring: `coordinates` are group:artifact:version, `version` is that of the first."""

    name: str
    version: str
    coordinates: tuple[str, ...]

    def directory(self, jars: Path) -> Path:
        """Where its jars lie in the cache."""
        return jars / f"{self.name}-{self.version}"


KAFKA = Component(
    "kafka",
    "4.1.0",
    # The second lets Kafka's log calls reach log4j; without it Kafka says nothing at all.
    ("org.apache.kafka:kafka_2.13:4.1.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"),
)
CASSANDRA = Component("cassandra", "5.0.9", ("org.apache.cassandra:cassandra-all:5.0.9",))
CONNECTOR = Component("flink-kafka", "5.0.0-2.2", ("org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",))
ALL = (KAFKA, CASSANDRA, CONNECTOR)


def missing(jars: Path, components: tuple[Component, ...]) -> list[Component]:
    """The components that are not in the cache yet."""
    return [component for component in components if not component.directory(jars).is_dir()]


def fetch(component: Component, jars: Path) -> Path:
    """The component's directory, brought through Maven unless it is there. Raises StackError."""
    target = component.directory(jars)
    if not target.is_dir():
        jars.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=jars, prefix=f".{component.name}-") as work:
            _publish(_download(component, Path(work)), target)
    return target


def connector_jar(cache: Path) -> Path:
    """The Kafka connector for Flink, below the user's cache directory; brought through Maven unless it is there."""
    return fetch(CONNECTOR, cache / "jars") / f"flink-sql-connector-kafka-{CONNECTOR.version}.jar"


def _download(component: Component, work: Path) -> Path:
    pom = work / "pom.xml"
    dependencies = "".join(_DEPENDENCY.format(*coordinates.split(":")) for coordinates in component.coordinates)
    pom.write_text(_POM.format(name=component.name, dependencies=dependencies))
    done = work / "jars"
    command = ["mvn", "-B", "-q", "-f", str(pom), PLUGIN, "-DincludeScope=runtime", f"-DoutputDirectory={done}"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError as exc:
        message = f"mvn is not on the PATH, but {component.name} must be downloaded once; install Maven"
        raise StackError(message) from exc
    except subprocess.CalledProcessError as exc:
        message = f"Maven could not bring {component.name} {component.version}: {_first_error(exc.stdout + exc.stderr)}"
        raise StackError(message) from exc
    return done


def _publish(done: Path, target: Path) -> None:
    try:
        done.rename(target)
    except OSError:
        # Another process was faster; its directory is as whole as ours.
        if not target.is_dir():
            raise
        shutil.rmtree(done)


def _first_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("[ERROR]")] or output.splitlines() or ["no output"]
    return lines[0].removeprefix("[ERROR]").strip()
