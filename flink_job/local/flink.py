"""What can be asked of the running Flink cluster, over its REST interface.

In: the stack's settings and job ids. Out: states, numbers and savepoints. Everything that Flink answers is passed on as
it is, with the few fields picked that Penchant uses.
https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/
"""

import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from flink_job.local.settings import StackSettings
from flink_job.notation import path, uri
from udfs.errors import StackError

ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})
"""States that a job does not leave again."""


def jobs(settings: StackSettings) -> dict[str, str]:
    """The state of every job that the cluster knows, by id."""
    return {job["id"]: job["status"] for job in _call(settings, "/jobs")["jobs"]}


def job_state(settings: StackSettings, job: str) -> str:
    """CREATED, RUNNING, RESTARTING, FINISHED, CANCELED, FAILED, ... or LOST when the cluster does not know the job."""
    return jobs(settings).get(job, "LOST")


def job_detail(settings: StackSettings, job: str) -> dict[str, Any]:
    """Vertices with their ids, names, task states and record counts."""
    return dict(_call(settings, f"/jobs/{job}"))


def runs(settings: StackSettings, job: str) -> bool:
    """Whether every task of the job runs: before, it takes no savepoint."""
    return all(vertex["status"] == "RUNNING" for vertex in job_detail(settings, job)["vertices"])


def checkpoint_statistics(settings: StackSettings, job: str) -> dict[str, Any]:
    """Counts, the latest checkpoints, and their sizes and times."""
    return dict(_call(settings, f"/jobs/{job}/checkpoints"))


def exceptions(settings: StackSettings, job: str) -> dict[str, Any]:
    """Why the job's tasks failed so far."""
    return dict(_call(settings, f"/jobs/{job}/exceptions"))


def metrics(settings: StackSettings, job: str, vertex: str, names: Sequence[str]) -> dict[str, float]:
    """Metrics of one vertex, each summed over its subtasks; those not reported yet are left out."""
    query = urlencode({"get": ",".join(names), "agg": "sum"})
    answer = _call(settings, f"/jobs/{job}/vertices/{vertex}/subtasks/metrics?{query}")
    return {metric["id"]: float(metric["sum"]) for metric in answer}


def cancel(settings: StackSettings, job: str) -> None:
    """Cancel a job; its newest checkpoint stays."""
    _call(settings, f"/jobs/{job}?mode=cancel", method="PATCH")


def stop_with_savepoint(settings: StackSettings, job: str, directory: Path, *, timeout: float = 120.0) -> Path:
    """Stop a job at a savepoint below `directory` and give the savepoint's path. Raises StackError."""
    order = {"targetDirectory": uri(directory), "drain": False}
    return _savepoint(settings, job, "stop", order, timeout)


def take_savepoint(settings: StackSettings, job: str, directory: Path, *, timeout: float = 120.0) -> Path:
    """Take a savepoint below `directory` of a job that goes on, and give the savepoint's path. Raises StackError."""
    order = {"target-directory": uri(directory), "cancel-job": False}
    return _savepoint(settings, job, "savepoints", order, timeout)


def checkpoint_figures(settings: StackSettings, job: str) -> tuple[int, float]:
    """The bytes that the last complete checkpoint holds, and the median seconds of the last ten; 0 without any."""
    known = [one for one in checkpoint_statistics(settings, job)["history"] if one["status"] == "COMPLETED"]
    if not known:
        return 0, 0.0
    return known[0]["state_size"], statistics.median(one["end_to_end_duration"] for one in known) / 1000


def taskmanagers(settings: StackSettings) -> dict[str, int]:
    """Slots of each registered TaskManager, by its id; none while the cluster does not answer."""
    try:
        found = _call(settings, "/taskmanagers")["taskmanagers"]
    except StackError:
        return {}
    return {one["id"]: one["slotsNumber"] for one in found}


def at_work(settings: StackSettings, job: str) -> set[str]:
    """The ids of the TaskManagers that run a part of the job."""
    vertices = [vertex["id"] for vertex in job_detail(settings, job)["vertices"]]
    answers = [_call(settings, f"/jobs/{job}/vertices/{vertex}/taskmanagers") for vertex in vertices]
    return {one["taskmanager-id"] for answer in answers for one in answer["taskmanagers"]}


def answers(settings: StackSettings) -> bool:
    """Whether the JobManager answers."""
    try:
        _call(settings, "/overview")
    except StackError:
        return False
    return True


def checkpoints(settings: StackSettings, name: str = "") -> Path:
    """Where the job of this name keeps its checkpoints."""
    return settings.directory / "checkpoints" / name


def latest_checkpoint(directory: Path) -> Path | None:
    """The newest complete checkpoint below `directory`, of whichever life of the job; None when there is none."""
    found = [metadata for metadata in directory.glob("**/chk-*/_metadata") if metadata.is_file()]
    return max(found, key=_age).parent if found else None


def savepoints(directory: Path) -> list[Path]:
    """The complete savepoints below `directory`, oldest first."""
    found = [metadata for metadata in directory.glob("**/savepoint-*/_metadata") if metadata.is_file()]
    return [metadata.parent for metadata in sorted(found, key=lambda metadata: metadata.stat().st_mtime)]


def _age(metadata: Path) -> tuple[float, int]:
    return metadata.stat().st_mtime, int(metadata.parent.name.removeprefix("chk-"))


def _savepoint(settings: StackSettings, job: str, way: str, order: dict[str, object], timeout: float) -> Path:
    trigger = _call(settings, f"/jobs/{job}/{way}", method="POST", body=order)["request-id"]
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        answer = _call(settings, f"/jobs/{job}/savepoints/{trigger}")
        if answer["status"]["id"] == "COMPLETED":
            return _location(job, answer["operation"])
        time.sleep(0.2)
    message = f"job {job} wrote no savepoint within {timeout:.0f} s; look at {settings.logs / 'jobmanager.log'}"
    raise StackError(message)


def _location(job: str, operation: dict[str, Any]) -> Path:
    if "location" not in operation:
        cause = operation.get("failure-cause", {}).get("stack-trace", "no cause given").splitlines()[0]
        message = f"job {job} wrote no savepoint: {cause}"
        raise StackError(message)
    found = path(operation["location"])
    assert found is not None
    return found


def _call(settings: StackSettings, path: str, *, method: str = "GET", body: object = None) -> Any:
    data = None if body is None else msgspec.json.encode(body)
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(settings.flink_url + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return msgspec.json.decode(response.read() or b"{}")
    except urllib.error.HTTPError as exc:
        with exc:
            message = f"Flink refused {method} {path}: {exc.read().decode(errors='replace')[:500]}"
        raise StackError(message) from exc
    except (OSError, msgspec.DecodeError) as exc:
        message = f"Flink does not answer at {settings.flink_url}: {exc}; see `penchant status`"
        raise StackError(message) from exc
