"""Dashboards and alerts on a real Prometheus that has asked the demo."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from demonstrated import PENCHANT, demo, demo_environ
from queries import ALERTS, panels
from running import free_ports, until
from scraping import Prometheus, Targets, needs_prometheus, prometheus

pytestmark = pytest.mark.slow

PATIENCE_S = 240.0


@needs_prometheus
def test_every_panel_shows_something_of_the_demo_and_no_alert_fires(tmp_path: Path) -> None:
    flink, [canary_port] = free_ports(3), free_ports(1)
    environ = demo_environ(tmp_path) | {"PENCHANT_FLINK_METRICS_PORTS": ",".join(map(str, flink))}
    with demo(environ) as api, canary(environ, api.key, canary_port):
        targets = Targets(
            {
                "penchant-api": [api.url.removeprefix("http://")],
                "penchant-flink-job": [f"127.0.0.1:{port}" for port in flink],
                "penchant-canary": [f"127.0.0.1:{canary_port}"],
            },
            api.key,
        )
        with prometheus(tmp_path, targets) as asked:
            with suppress(AssertionError):
                until(lambda: not silent(asked), PATIENCE_S)
            assert silent(asked) == []
            assert set(asked.alerts()) == set(ALERTS)
            assert {name: said for name, said in asked.alerts().items() if said[0] == "firing" or said[1]} == {}


def silent(asked: Prometheus) -> list[tuple[str, str]]:
    """Panels without an answer."""
    return [(where, query) for where, query in panels() if not asked.samples(query)]


@contextmanager
def canary(environ: dict[str, str], key: str, port: int) -> Iterator[None]:
    command = [*PENCHANT, "canary", "--every", "2", "--key", key, "--port", str(port)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
