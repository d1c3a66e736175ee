"""A real Prometheus that asks a local stack what it asks on Kubernetes and in containers."""

import json
import math
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import yaml
from queries import FOLDER, RULES
from running import free_ports, until

_FOUND = shutil.which("prometheus")
needs_prometheus = pytest.mark.skipif(_FOUND is None, reason="prometheus is absent; install the package prometheus")


class Targets(NamedTuple):
    """Addresses by the name of the job that is asked there, and a key for those that want one."""

    by_job: dict[str, list[str]]
    key: str


class Prometheus(NamedTuple):
    """Answers over HTTP."""

    url: str

    def get(self, path: str) -> Any:
        """What it answers. Raises OSError."""
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=10) as answer:
            return json.load(answer)

    def answers(self) -> bool:
        """Whether it has started."""
        try:
            self.get("api/v1/status/buildinfo")
        except OSError:
            return False
        return True

    def samples(self, query: str) -> list[float]:
        """The numbers that a query gives now, without those that are none."""
        found = self.get(f"api/v1/query?query={quote(query)}")["data"]["result"]
        values = [float(one["value"][1]) for one in found]
        return [value for value in values if not math.isnan(value)]

    def alerts(self) -> dict[str, tuple[str, str]]:
        """By alert its state, and an error of its query."""
        groups = self.get("api/v1/rules")["data"]["groups"]
        return {rule["name"]: (rule["state"], rule.get("lastError", "")) for one in groups for rule in one["rules"]}


@contextmanager
def prometheus(directory: Path, targets: Targets) -> Iterator[Prometheus]:
    """Prometheus with the rules and jobs of docker-compose.yml, at other addresses."""
    [port] = free_ports(1)
    config = directory / "prometheus.yaml"
    config.write_text(yaml.safe_dump(_config(directory, targets)))
    command = [str(_FOUND), f"--config.file={config}", f"--storage.tsdb.path={directory / 'data'}"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    with (directory / "prometheus.log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            found = Prometheus(f"http://127.0.0.1:{port}")
            until(found.answers)
            yield found
        finally:
            process.terminate()


def _config(directory: Path, targets: Targets) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((FOLDER / "compose" / "prometheus.yaml").read_text())
    config["rule_files"] = [str(directory / "rules.yaml")]
    (directory / "rules.yaml").write_text(yaml.safe_dump(RULES))
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": targets.by_job[job["job_name"]]}]
        job["authorization"] = {"credentials": targets.key}
    return config
