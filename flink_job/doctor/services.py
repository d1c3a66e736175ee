"""Flink and the API over HTTP: whether they answer, and whether the job does its work.

In: root addresses, which may be empty for a part that shall not be asked. Out: findings.
"""

import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from flink_job.doctor.finding import Finding
from flink_job.local.flink import ENDED

_TIMEOUT_S = 5.0
_JOB = "penchant"
_OLD_MS = 60_000
_NOT_WAITING = ENDED | {"RUNNING", "CANCELLING"}


def flink_findings(url: str, now_ms: int, interval_ms: int) -> Iterator[Finding]:
    """Whether the job runs and its checkpoints complete; `interval_ms` is the time between them."""
    overview = _get("flink", f"{url}/jobs/overview")
    if isinstance(overview, Finding):
        yield overview
        return
    yield running_jobs(overview["jobs"])
    for job in _running(overview["jobs"]):
        statistics = _get("flink", f"{url}/jobs/{job['jid']}/checkpoints")
        yield statistics if isinstance(statistics, Finding) else checkpoints(statistics, now_ms, interval_ms)


def running_jobs(jobs: list[dict[str, Any]]) -> Finding:
    """Whether one of the cluster's jobs is ours and runs, and none of ours waits to."""
    says = ", ".join(f"{job['name']!r} is {job['state']}" for job in jobs) or "the cluster has no job"
    if waiting := [job["name"] for job in _ours(jobs) if job["state"] not in _NOT_WAITING]:
        mend = (
            f"do not submit it again: {', '.join(map(repr, waiting))} is there and does not run yet; give it half a "
            "minute, and if it restarts again and again, see the log of the JobManager for why"
        )
        return Finding("flink", says, mend)
    submit = "submit the job; see the log of the JobManager for why it ended"
    return Finding("flink", says, "" if _running(jobs) else submit)


def checkpoints(statistics: dict[str, Any], now_ms: int, interval_ms: int) -> Finding:
    """Whether the newest completed checkpoint is younger than ten intervals, or than a minute."""
    newest = (statistics.get("latest") or {}).get("completed")
    failed = statistics["counts"]["failed"]
    if newest is None:
        return Finding("flink", f"no checkpoint has completed, {failed} have failed", _mend_checkpoints())
    age_ms = now_ms - newest["latest_ack_timestamp"]
    says = f"the newest checkpoint completed {age_ms / 1000:.0f} s ago; {failed} have failed so far"
    return Finding("flink", says, _mend_checkpoints() if age_ms > max(10 * interval_ms, _OLD_MS) else "")


def api_findings(url: str) -> Iterator[Finding]:
    """Whether the API answers, and from the store."""
    for path, says, mend in (
        ("/health", "the process answers", "start the API; see its log"),
        ("/ready", "it answers from the store", "see what is said of the store above, and PENCHANT_STORE_* of the API"),
    ):
        found = _get("api", url + path, mend)
        yield found if isinstance(found, Finding) else Finding("api", says)


def _mend_checkpoints() -> str:
    return "see the alert PenchantCheckpointsFail in k8s/observability/runbooks.md"


def _ours(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [job for job in jobs if job["name"].startswith(_JOB)]


def _running(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [job for job in _ours(jobs) if job["state"] == "RUNNING"]


def _get(part: Literal["flink", "api"], url: str, mend: str = "") -> Any:
    """What an address answers, as JSON; a finding where it does not."""
    try:
        if urlsplit(url).scheme not in ("http", "https"):
            return Finding(part, f"{url}: no address of HTTP", f"write --{part} http://HOST:PORT, or https://")
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            return msgspec.json.decode(answer.read())
    except (OSError, ValueError, HTTPException, msgspec.DecodeError) as exc:
        return Finding(part, f"{url}: {exc}", mend or "is it up, and is the address right?")
