"""The canary's metrics, read as Prometheus reads them: what the log alone tells is there without job and API."""

import threading
import time
import urllib.request

from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from running import free_ports, own_job, prepare, until

from flink_job.console.main import main
from flink_job.local.settings import StackSettings
from flink_job.margin import Margin
from udfs.catalogues.catalogue import load
from udfs.settings import environment

HOUR_S = 3_600.0
MOST_S = 24 * HOUR_S - 7 * HOUR_S
"""Of a job that has read everything, by default."""


def test_the_margin_shrinks_while_a_record_is_not_read(local: StackSettings) -> None:
    settings = own_job(local, "margin")
    prepare(local, settings, load("cars"))
    [port] = free_ports(1)
    arguments = ["canary", "--flights", "1", "--patience", "5", "--api", "http://127.0.0.1:1", "--port", str(port)]
    flight = threading.Thread(target=CliRunner().invoke, args=(main, arguments), kwargs={"env": environment(settings)})
    flight.start()
    until(lambda: 0 < MOST_S - (published(port) or MOST_S) < HOUR_S)
    flight.join()
    # No job will ever read the canary's record.
    later = Margin(settings, lambda: time.time() + 18 * HOUR_S)
    assert -2 * HOUR_S < later.seconds() < -HOUR_S + 60
    later.close()


def published(port: int) -> float | None:
    """The metric as it is served now; None before it is."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            families = text_string_to_metric_families(answer.read().decode())
            found = [family.samples[0].value for family in families if family.name == "penchant_state_margin_seconds"]
            return found[0]
    except OSError:
        return None
