"""`penchant canary`: a canary every few seconds; how long each took, and the margin of the state, for Prometheus."""

import os
import time

import click
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from flink_job.local.canary import BUCKETS_S, Canary, Flight, Place
from flink_job.local.keys import local_key
from flink_job.local.settings import job_settings, stack_settings
from flink_job.local.traffic.items import load as load_items
from flink_job.margin import Margin
from udfs.catalogues.catalogue import load

FRESHNESS = Histogram(
    "penchant_freshness_seconds", "From an event's time until it can be read through the API.", buckets=BUCKETS_S
)
LOST = Counter("penchant_canaries_lost", "Canaries that could not be read within the patience.")
MARGIN = Gauge(
    "penchant_state_margin_seconds", "How much further the job may fall behind before state could expire too early."
)


@click.command(name="canary")
@click.option("--every", "every_s", default=5.0, show_default=True, help="Seconds between canaries.")
@click.option("--api", "api_url", help="The API's root; by default that of the local stack.")
@click.option("--key", envvar="PENCHANT_KEY", help="A key with scope read, or in PENCHANT_KEY; else one is made.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of /metrics.")
@click.option("--port", type=click.IntRange(1, 65535), default=19200, show_default=True, help="Port of /metrics.")
@click.option("--patience", "patience_s", default=120.0, show_default=True, help="When a canary is given up, seconds.")
@click.option("--flights", type=click.IntRange(1), help="End after so many; without it at Ctrl-C.")
def command(
    every_s: float, api_url: str | None, key: str | None, host: str, port: int, patience_s: float, flights: int | None
) -> None:
    """Send an event of a user of its own each few seconds and ask the API for it; serve metrics at /metrics."""
    local = stack_settings(os.environ)
    settings = job_settings(os.environ)
    api = Place(api_url or local.api_url, key or str(local_key(settings, "penchant canary")))
    canary = Canary(load_items(load(settings.catalogue)), settings, api, patience_s, observe)
    margin = Margin(settings, time.time)
    MARGIN.set_function(margin.seconds)
    server, _ = start_http_server(port, host)
    click.echo(f"http://{host}:{port}/metrics", err=True)
    left = iter(range(flights)) if flights else None
    try:
        canary.fly_every(every_s, lambda: left is not None and next(left, None) is None)
    except KeyboardInterrupt:
        click.echo("waiting for the canaries under way", err=True)
    canary.close()
    server.shutdown()
    server.server_close()
    margin.close()


def observe(flight: Flight) -> None:
    """Count one flight."""
    if flight.seconds is None:
        LOST.inc()
        click.echo("a canary was lost")
    else:
        FRESHNESS.observe(flight.seconds)
        click.echo(f"readable after {flight.seconds:.2f} s")
