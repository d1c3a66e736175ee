"""What must be true before a stack starts: a fitting Java, Maven when jars are missing, usable paths, free ports.

In: the stack's settings. Out: nothing, or a StackError that says what is wrong, where, and how to mend it.
"""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from flink_job.local import jars, processes
from flink_job.local.settings import HOST, StackSettings
from flink_job.local.state import LOCK
from udfs.errors import StackError

OLDEST_JAVA = 17
NEWEST_JAVA = 23
"""Cassandra 5 needs Java's security manager, which Java 24 has removed."""


def check_java(java: str) -> None:
    """Raise StackError unless `java` is of a version that all parts run on."""
    version = java_version(_ask_java(java))
    if version is None or not OLDEST_JAVA <= version <= NEWEST_JAVA:
        found = "of an unknown version" if version is None else f"version {version}"
        message = f"{shutil.which(java)} is {found}; install JDK {OLDEST_JAVA} and set JAVA_HOME to it"
        raise StackError(message)


def java_version(said: str) -> int | None:
    """The feature version in what `java -version` says: 8 for "1.8.0_412", 17 for "17.0.15"."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def check_maven(directory: Path, components: tuple[jars.Component, ...] = jars.ALL) -> None:
    """Raise StackError when jars must be downloaded and there is no Maven."""
    wanted = jars.missing(directory, components)
    if wanted and shutil.which("mvn") is None:
        names = ", ".join(component.name for component in wanted)
        message = f"mvn is not on the PATH, but {names} must be downloaded once to {directory}; install Maven"
        raise StackError(message)


def check_paths(paths: Mapping[str, Path]) -> None:
    """Raise StackError for white space in a path, on which Flink's shell scripts break. `paths` by what mends them."""
    for mend, path in paths.items():
        if any(map(str.isspace, str(path))):
            message = f"{path} has a space in it, which Flink's scripts do not bear; {mend}"
            raise StackError(message)


def check_ports(ports: Mapping[str, int]) -> None:
    """Raise StackError when a port is wanted twice or taken. `ports` holds each port by the variable that sets it."""
    taken = [*_doubles(ports), *(_taken(name, port) for name, port in ports.items() if not is_free(port))]
    if taken:
        raise StackError("\n".join(taken))


def check_directory(directory: Path) -> None:
    """Raise StackError for a directory with somebody else's files: `penchant down --wipe` would delete them."""
    found = {file.name for file in directory.iterdir()} if directory.is_dir() else set()
    if found and LOCK not in found and not _is_begun(directory, found):
        message = f"{directory} holds other files ({min(found)}); set PENCHANT_STACK_DIRECTORY to an empty or new one"
        raise StackError(message)


def _is_begun(directory: Path, found: set[str]) -> bool:
    """Whether a supervisor was about to start there and did not come so far as to take its lock."""
    return found == {"logs"} and {file.name for file in (directory / "logs").iterdir()} <= {"supervisor.log"}


def check(settings: StackSettings) -> None:
    """Check all that can be checked before old processes are swept away."""
    check_paths(
        {
            "set PENCHANT_STACK_DIRECTORY to another directory": settings.directory,
            "install Penchant elsewhere": Path(sys.prefix),
        }
    )
    check_directory(settings.directory)
    check_java(settings.java)
    check_maven(settings.jars)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _ask_java(java: str) -> str:
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=True)
    except OSError as exc:
        message = f"{java} cannot be run: {exc.strerror}; install JDK {OLDEST_JAVA} or set JAVA_HOME to it"
        raise StackError(message) from exc
    except subprocess.CalledProcessError as exc:
        message = f"{java} -version failed: {exc.stderr.strip()}; install JDK {OLDEST_JAVA}"
        raise StackError(message) from exc
    return done.stderr + done.stdout


def _doubles(ports: Mapping[str, int]) -> Sequence[str]:
    first: dict[int, str] = {}
    doubles = [(first[port], name) for name, port in ports.items() if first.setdefault(port, name) != name]
    return [f"{one} and {other} are both {ports[one]}; set one of them to another port" for one, other in doubles]


def _taken(name: str, port: int) -> str:
    return f"port {port} is taken by {processes.owner(port)}; set {name} to another port or stop that process"
