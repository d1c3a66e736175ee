"""The Flink session cluster: one JobManager and TaskManagers, started by the PyFlink wheel's own scripts.

In: the stack's settings. Out: the parts to supervise. Nothing in the wheel is changed: configuration and libraries lie
in the stack's directory, the libraries as links to the wheel's jars with the Kafka connector beside them. So the
connector's classes live as long as the cluster and not as long as one attempt of a job, which would fill the metaspace
with each restart.
"""

import importlib.util
import json
import re
import sys
from functools import cache, partial
from pathlib import Path

import psutil

from flink_job.local import flink, jars, processes
from flink_job.local.log4j import CONSOLE
from flink_job.local.part import Part
from flink_job.local.settings import HOST, StackSettings
from flink_job.notation import uri
from udfs.errors import StackError

# Of itself the quick compiler gets 48 MiB for code; to keep them tidy was seen to take a tenth of a TaskManager's time.
_QUICK = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
_SMALL = "-XX:+UseSerialGC"
_NEVER_MIND = "2147483647"
_FOREIGN = (
    *("HOST", "WEBUIPORT", "JVM_ARGS", "FLINK_OPT_DIR", "FLINK_PLUGINS_DIR"),
    *("HADOOP_CLASSPATH", "HADOOP_CONF_DIR", "HADOOP_HOME", "YARN_CONF_DIR", "HBASE_CONF_DIR", "HBASE_HOME"),
    *("FLINK_ENV_JAVA_OPTS", "FLINK_ENV_JAVA_OPTS_JM", "FLINK_ENV_JAVA_OPTS_TM", "FLINK_ENV_JAVA_OPTS_CLI"),
)
"""What a user's shell may hold and the wheel's scripts would take for theirs; empty is not set, to them."""


@cache
def home() -> Path:
    """Where the PyFlink wheel lies. Raises StackError."""
    found = importlib.util.find_spec("pyflink")
    if found is None or not found.submodule_search_locations:
        message = "PyFlink is not installed in this environment; install penchant with the extra 'job'"
        raise StackError(message)
    return Path(found.submodule_search_locations[0])


def parts(settings: StackSettings) -> tuple[Part, ...]:
    """The JobManager and the TaskManagers as parts of the stack."""
    return _jobmanager(settings), *(_taskmanager(settings, n) for n in range(1, settings.taskmanagers + 1))


def environ(settings: StackSettings) -> dict[str, str]:
    """The variables that make the wheel's scripts use this stack's directory only."""
    java = {"JAVA_HOME": settings.java_home} if settings.java_home else {}
    return dict.fromkeys(_FOREIGN, "") | java | {name: str(path) for name, path in _paths(settings).items()}


def prepare(settings: StackSettings) -> None:
    """Write the cluster's configuration and link its libraries."""
    for path in _paths(settings).values():
        path.mkdir(parents=True, exist_ok=True)
    _configure(settings, settings.directory / "flink" / "conf")
    _link(settings, settings.directory / "flink" / "lib")


def configuration(settings: StackSettings) -> dict[str, str]:
    """The content of Flink's `config.yaml`."""
    directory, compiler = settings.directory / "flink", _QUICK if settings.flink_compiler == "quick" else ""
    return {
        # None of ours runs long enough at full load to repay the better compiler, which works while others wait for it.
        "env.java.opts.all": f"{_java_options()} {compiler} -Djava.io.tmpdir={directory / 'tmp'}",
        "env.java.opts.jobmanager": _SMALL,
        "env.java.opts.client": _SMALL,
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": str(settings.flink_rpc_port),
        "jobmanager.bind-host": HOST,
        "jobmanager.memory.process.size": f"{settings.jobmanager_memory}m",
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": str(settings.flink_rest_port),
        "rest.bind-port": str(settings.flink_rest_port),
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        "taskmanager.numberOfTaskSlots": str(settings.task_slots),
        # Whoever takes over from a dead TaskManager has loaded and compiled the same classes before.
        "taskmanager.load-balance.mode": "SLOTS",
        "taskmanager.memory.process.size": f"{settings.taskmanager_memory}m",
        "taskmanager.memory.jvm-metaspace.size": "384m",
        "io.tmp.dirs": str(directory / "tmp"),
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "cluster.registration.error-delay": "500 ms",
        "heartbeat.interval": "1 s",
        "heartbeat.timeout": "10 s",
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "10 s",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "1 min",
        "state.backend.type": "rocksdb",
        "execution.checkpointing.incremental": "true",
        "execution.checkpointing.dir": uri(flink.checkpoints(settings)),
        "execution.checkpointing.savepoint-dir": uri(settings.directory / "savepoints"),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.num-retained": "2",
        "execution.checkpointing.tolerable-failed-checkpoints": _NEVER_MIND,
        **_prometheus(settings),
    }


def workers(settings: StackSettings) -> list[psutil.Process]:
    """The Python workers of all jobs, whichever TaskManager they belong to, youngest first: the older may be of no use.

    Beam does not always end those of an attempt that has failed.
    """
    names = [f"taskmanager-{number + 1}" for number in range(settings.taskmanagers)]
    found = [process for name in names for process in processes.marked(settings.directory, name)]
    own = [process for process in found if "pyflink.fn_execution.beam.beam_boot" in process.cmdline()]
    return sorted(own, key=psutil.Process.create_time, reverse=True)


def _paths(settings: StackSettings) -> dict[str, Path]:
    directory = settings.directory / "flink"
    return {
        "FLINK_CONF_DIR": directory / "conf",
        "FLINK_LIB_DIR": directory / "lib",
        "FLINK_LOG_DIR": directory / "log",
        "FLINK_PID_DIR": directory / "pid",
        "TMPDIR": directory / "tmp",
    }


def _prometheus(settings: StackSettings) -> dict[str, str]:
    if not settings.flink_metrics_ports:
        return {}
    return {
        "metrics.reporters": "prom",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        "metrics.reporter.prom.port": settings.flink_metrics_ports,
    }


def _jobmanager(settings: StackSettings) -> Part:
    return Part(
        name="jobmanager",
        command=(str(home() / "bin" / "jobmanager.sh"), "start-foreground"),
        environ=environ(settings),
        address=settings.flink_url,
        ports={
            "PENCHANT_FLINK_REST_PORT": settings.flink_rest_port,
            "PENCHANT_FLINK_RPC_PORT": settings.flink_rpc_port,
        },
        ready=lambda _: flink.answers(settings),
        prepare=partial(prepare, settings),
    )


def _taskmanager(settings: StackSettings, number: int) -> Part:
    name = f"taskmanager-{number}"
    script = home() / "bin" / "taskmanager.sh"
    # The shell becomes the script and the script becomes java, so $$ is the process id of each life: it tells a new
    # TaskManager from a dead one that the JobManager still lists.
    start = f'exec "{script}" start-foreground -D taskmanager.resource-id={name}-$$'
    return Part(
        name=name,
        command=("bash", "-c", start),
        environ=environ(settings),
        address=HOST,
        ready=lambda pid: f"{name}-{pid}" in flink.taskmanagers(settings),
        prepare=partial(prepare, settings),
    )


def _configure(settings: StackSettings, conf: Path) -> None:
    lines = [f"{name}: {json.dumps(value)}\n" for name, value in configuration(settings).items()]
    own = {"config.yaml": "".join(lines), "log4j-console.properties": CONSOLE}
    others = {file.name: file.read_text() for file in (home() / "conf").iterdir() if file.name not in own}
    for name, text in (own | others).items():
        _replace(conf / name, text)


def _replace(file: Path, text: str) -> None:
    # As a whole, because another part of the cluster may be reading it.
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(file)


def _link(settings: StackSettings, lib: Path) -> None:
    connector = jars.connector_jar(Path(settings.cache))
    wanted = {jar.name: jar for jar in (*(home() / "lib").glob("*.jar"), connector)}
    for link in lib.iterdir():
        if link.name not in wanted:
            link.unlink()
    for name, jar in wanted.items():
        link = lib / name
        if not link.exists() or link.resolve() != jar.resolve():
            link.unlink(missing_ok=True)
            link.symlink_to(jar)


def _java_options() -> str:
    """The wheel's own --add-opens and --add-exports, without which PyFlink does not start."""
    found = re.search(r"^ +all: (--add.+)$", (home() / "conf" / "config.yaml").read_text(), re.MULTILINE)
    if found is None:
        message = f"no env.java.opts.all in {home() / 'conf' / 'config.yaml'}; install apache-flink 2.3.0"
        raise StackError(message)
    return found[1]
