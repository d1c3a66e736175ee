"""Where the local stack keeps its files, which ports it takes and how much memory each part gets.

In: the environment. Out: StackSettings, and the variables that lead another process to this stack. Two stacks run side
by side when their directory and ports differ.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from flink_job.settings import JobSettings
from udfs.settings import environment, read

HOST = "127.0.0.1"
"""All parts of a local stack listen here and nowhere else; further nodes of the store on 127.0.0.2 and on."""

Port: TypeAlias = Annotated[int, Meta(ge=1, le=65535)]


class StackSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One local stack."""

    cache: Annotated[str, Meta(description="Directory of jars; by default in the user's cache.")] = ""
    stack_directory: Annotated[str, Meta(description="Directory of data and logs; by default in the cache.")] = ""
    kafka_port: Annotated[Port, Meta(description="Kafka's port for clients.")] = 19092
    kafka_controller_port: Annotated[Port, Meta(description="Kafka's port for its own controller.")] = 19093
    store_port: Annotated[Port, Meta(description="Cassandra's CQL port.")] = 19042
    store_storage_port: Annotated[Port, Meta(description="Cassandra's port between nodes.")] = 17000
    flink_rest_port: Annotated[Port, Meta(description="Flink's REST port and web page.")] = 18081
    flink_rpc_port: Annotated[Port, Meta(description="The JobManager's port for TaskManagers.")] = 16123
    flink_metrics_ports: Annotated[
        str, Meta(description="Range such as 19250-19259 for Flink's metrics in Prometheus's format; empty: none.")
    ] = ""
    api_port: Annotated[Port, Meta(description="The API's port.")] = 18080
    store_nodes: Annotated[int, Meta(description="Nodes of Cassandra, on 127.0.0.1 and on.", ge=1, le=9)] = 1
    kafka_memory: Annotated[int, Meta(description="Heap of Kafka, MiB.", ge=256)] = 768
    store_memory: Annotated[int, Meta(description="Heap of Cassandra, MiB.", ge=512)] = 1024
    jobmanager_memory: Annotated[int, Meta(description="Whole JobManager process, MiB.", ge=768)] = 1280
    taskmanager_memory: Annotated[int, Meta(description="Each TaskManager without Python, MiB.", ge=1280)] = 2560
    taskmanagers: Annotated[int, Meta(description="Number of TaskManagers.", ge=1, le=8)] = 2
    task_slots: Annotated[int, Meta(description="Slots of each TaskManager.", ge=1, le=16)] = 2
    flink_compiler: Annotated[
        Literal["quick", "better"],
        Meta(description="Compiler of Flink's JVMs: quick alone, or the better one as well, slow to start."),
    ] = "quick"
    java_home: Annotated[str, Meta(description="Home of the JDK; by default JAVA_HOME, else the PATH.")] = ""
    start_timeout_s: Annotated[float, Meta(description="Longest wait for one part to become ready.", gt=0)] = 180.0

    @property
    def directory(self) -> Path:
        """Everything that belongs to this stack alone."""
        return Path(self.stack_directory)

    @property
    def jars(self) -> Path:
        """Downloaded jars, one directory per component and version, shared by all stacks of a user."""
        return Path(self.cache) / "jars"

    @property
    def logs(self) -> Path:
        """One log per part, and the supervisor's."""
        return self.directory / "logs"

    @property
    def java(self) -> str:
        """The java to run."""
        return str(Path(self.java_home) / "bin" / "java") if self.java_home else "java"

    @property
    def kafka_bootstrap(self) -> str:
        """Kafka's address as clients take it."""
        return f"{HOST}:{self.kafka_port}"

    @property
    def flink_url(self) -> str:
        """Root of Flink's REST interface."""
        return f"http://{HOST}:{self.flink_rest_port}"

    @property
    def api_url(self) -> str:
        """Root of the API."""
        return f"http://{HOST}:{self.api_port}"

    @property
    def slots(self) -> int:
        """Slots of the whole Flink cluster."""
        return self.taskmanagers * self.task_slots


def stack_settings(environ: Mapping[str, str]) -> StackSettings:
    """Read the settings and fill in the directories; raises SettingsError."""
    settings = read(StackSettings, environ)
    cache = Path(settings.cache) if settings.cache else _user_cache(environ) / "penchant"
    directory = Path(settings.stack_directory) if settings.stack_directory else cache / "stack"
    return msgspec.structs.replace(
        settings,
        cache=str(cache.absolute()),
        stack_directory=str(directory.absolute()),
        java_home=settings.java_home or environ.get("JAVA_HOME", ""),
    )


def client_environ(settings: StackSettings) -> dict[str, str]:
    """The variables that lead a job, the API or a command to this stack."""
    return environment(settings) | {
        "PENCHANT_STORE_HOSTS": ",".join(map(store_host, range(1, settings.store_nodes + 1))),
        "PENCHANT_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
    }


def job_settings(environ: Mapping[str, str]) -> JobSettings:
    """The job's settings: those of the environment, and where it says nothing those that lead to the local stack."""
    return read(JobSettings, client_environ(stack_settings(environ)) | dict(environ))


def store_host(number: int) -> str:
    """The address of a node of the store, counted from 1."""
    return f"127.0.0.{number}"


def _user_cache(environ: Mapping[str, str]) -> Path:
    given = environ.get("XDG_CACHE_HOME")
    return Path(given) if given else Path(environ.get("HOME", "~")).expanduser() / ".cache"
