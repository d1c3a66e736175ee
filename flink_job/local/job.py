"""Jobs on the local cluster: submitted, remembered, and submitted again when the JobManager has lost them.

In: the settings a job starts with. Out: its id, and one small file per job name from which the supervisor can start it
again at its newest checkpoint. The session cluster has no high availability: a JobManager that dies forgets its jobs.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from flink_job.local import cluster, flink
from flink_job.local.part import MARKER, PART_MARKER
from flink_job.local.settings import StackSettings, client_environ
from flink_job.notation import uri
from udfs.errors import CatalogueError, PenchantError, RestoreRefused, SettingsError, StackError, StoreRefused

_REFUSALS = (RestoreRefused, StoreRefused, SettingsError, CatalogueError)
"""What the job raises before it starts, because it could not work as promised."""

_POLL_S = 0.2

NAME = "penchant"
PROGRAM = Path(__file__).parents[1] / "__main__.py"


class Record(msgspec.Struct, frozen=True):
    """What is remembered of a submitted job.

    `savepoint` is where it goes on from until it has a checkpoint. `refused`: why it could not go on when it was lost,
    and the mend. `trouble`: why the last try to start it again has failed; it is tried again.
    """

    name: str
    job: str
    program: str
    parallelism: int
    environ: dict[str, str]
    savepoint: str = ""
    refused: str = ""
    trouble: str = ""


def submit(
    settings: StackSettings,
    job_environ: Mapping[str, str],
    *,
    parallelism: int,
    savepoint: Path | None = None,
    name: str = NAME,
    program: Path = PROGRAM,
) -> str:
    """Start the job on the cluster and give its id.

    Raises RestoreRefused if it cannot go on from `savepoint`; StoreRefused, SettingsError or CatalogueError if it could
    not work as promised; StackError with the last lines of the client otherwise.

    `job_environ` holds the job's own settings; where the stack is, is added here. `savepoint` may also be a checkpoint.
    """
    command = _command(settings, parallelism, savepoint, name, program)
    environ = _environ(settings, job_environ)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, cwd=settings.directory)
    found = re.search(r"JobID ([0-9a-f]{32})", done.stdout)
    if done.returncode != 0 or found is None:
        raise failure(done.stdout + done.stderr)
    begun = str(savepoint or "")
    remember(settings, Record(name, found[1], str(program), parallelism, dict(job_environ), begun))
    return found[1]


def cancel(settings: StackSettings, job: str) -> None:
    """Cancel a job for good: the supervisor will not start it again."""
    forget(settings, job)
    flink.cancel(settings, job)


def stop_with_savepoint(settings: StackSettings, job: str, directory: Path | None = None) -> Path:
    """Stop a job for good at a savepoint, by default below the stack's directory, and give the savepoint's path."""
    savepoint = flink.stop_with_savepoint(settings, job, directory or settings.directory / "savepoints")
    forget(settings, job)
    return savepoint


def resubmit(settings: StackSettings, record: Record) -> str:
    """Start a lost job again from its newest checkpoint, or from where it began when it has none."""
    began = Path(record.savepoint) if record.savepoint else None
    savepoint = flink.latest_checkpoint(flink.checkpoints(settings, record.name)) or began
    return submit(
        settings,
        record.environ,
        parallelism=record.parallelism,
        savepoint=savepoint,
        name=record.name,
        program=Path(record.program),
    )


def records(settings: StackSettings) -> list[Record]:
    """Every job that shall run."""
    return [msgspec.json.decode(file.read_bytes(), type=Record) for file in sorted(_directory(settings).glob("*.json"))]


def find(settings: StackSettings, name: str) -> str | None:
    """The job of that name that shall run."""
    return next((record.job for record in records(settings) if record.name == name), None)


def chosen(settings: StackSettings, name: str | None) -> Record:
    """The job of that name; without a name the only one that shall run, else `NAME`. Raises StackError."""
    known = {record.name: record for record in records(settings)}
    wanted = name or (next(iter(known)) if len(known) == 1 else NAME)
    if wanted not in known:
        others = f"; there are: {', '.join(known)}; name one by --job" if known else ", and no other"
        message = f"no job {wanted!r} runs here{others}"
        raise StackError(message)
    return known[wanted]


def await_running(settings: StackSettings, name: str, patience_s: float) -> bool:
    """Wait until every task of a job runs; whether that came in time. Raises StackError.

    Before, the job counts nothing and takes no savepoint.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = find(settings, name)
        if found is not None and flink.runs(settings, found):
            return True
        time.sleep(_POLL_S)
    return False


def remember(settings: StackSettings, record: Record) -> None:
    """Keep a job's record; a later one of the same name replaces it."""
    directory = _directory(settings)
    directory.mkdir(parents=True, exist_ok=True)
    draft = directory / f"{record.name}.draft"
    draft.write_bytes(msgspec.json.encode(record))
    draft.replace(directory / f"{record.name}.json")


def forget(settings: StackSettings, job: str) -> None:
    """Drop the record of a job that shall not run any more."""
    for record in records(settings):
        if record.job == job:
            (_directory(settings) / f"{record.name}.json").unlink(missing_ok=True)


def _directory(settings: StackSettings) -> Path:
    return settings.directory / "jobs"


def _command(settings: StackSettings, parallelism: int, savepoint: Path | None, name: str, program: Path) -> list[str]:
    start = ["-s", uri(savepoint)] if savepoint else []
    kept = uri(flink.checkpoints(settings, name))
    python = ["-pyclientexec", sys.executable, "-pyexec", sys.executable, "-py", str(program)]
    flags = ["-d", "-p", str(parallelism), f"-Dexecution.checkpointing.dir={kept}"]
    return [str(cluster.home() / "bin" / "flink"), "run", *flags, *start, *python]


def _environ(settings: StackSettings, job_environ: Mapping[str, str]) -> dict[str, str]:
    markers = {MARKER: str(settings.directory), PART_MARKER: "submission"}
    return os.environ | client_environ(settings) | cluster.environ(settings) | markers | dict(job_environ)


def failure(output: str) -> PenchantError:
    """The client's last words as an error of ours."""
    for kind in _REFUSALS:
        if refused := re.search(rf"^\S*\b{kind.__name__}: (.+)", output, re.MULTILINE):
            return kind(refused[1])
    causes = [line for line in output.splitlines() if line.startswith("Caused by:") or "Error: " in line]
    said = "\n".join(causes[-2:] or output.splitlines()[-10:]).strip()
    return StackError(f"the job was not submitted: {said}")
