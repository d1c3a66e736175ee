"""Users beyond all measure: what exceeds the cap is refused and told, and nobody else waits for it."""

import time
from pathlib import Path

import msgspec
import pytest
from asking import api
from records import ago, event, message
from running import DISORDER, assert_exact, own_job, prepare, produce, running
from trial import CARS

from flink_job.local import flink
from flink_job.local.canary import Canary, Flight, quantile
from flink_job.local.demo.feed import Feed
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.items import load as load_items
from udfs.catalogues.catalogue import load
from udfs.events.event import MAX_PAYLOAD_BYTES, Decoder
from udfs.events.record import Record
from udfs.statistics.fold import MAX_EVENTS

CRAWLED = 200_000
CRAWL_RATE = 1_000.0
"""Events a second: 18 times as fast as a crawler that takes an hour for them."""
CRAWL_STEP = 2_000
BESIDE_RATE = 50.0
"""Of others, meanwhile."""
MOST_STATE = 8_000_000
"""Bytes: a quarter of what all that was crawled would take."""
PROMISED_S = 10.0
WIDE = 36
"""Dimensions of a catalogue whose events fill a payload."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_crawler_is_capped_and_makes_nobody_wait(local: StackSettings) -> None:
    settings = own_job(local, "crawled")
    prepare(local, settings, CARS)
    flights: list[Flight] = []
    when = ago(minutes=1)
    beside = Feed(load_items(CARS), msgspec.structs.replace(DISORDER, users=300, crawlers=0), settings)
    with running(local, settings) as submitted, api(settings) as place:
        beside.start(None, BESIDE_RATE)
        canary = Canary(load_items(CARS), settings, place, 120.0, flights.append)
        canary.fly().result()
        flights.clear()
        crawl = (message(event("crawler", number, occurred_at=when)) for number in range(CRAWLED))
        for _ in range(CRAWLED // CRAWL_STEP):
            produce(settings, [next(crawl) for _ in range(CRAWL_STEP)], CRAWL_RATE)
            canary.fly()
        canary.close()
        beside.close()
        report = assert_exact(settings, CARS)
        held, _ = flink.checkpoint_figures(local, submitted)
    assert held < MOST_STATE
    assert len(flights) == CRAWLED // CRAWL_STEP
    assert report.books.capped == CRAWLED - MAX_EVENTS
    assert quantile(flights, 0.99) <= PROMISED_S


@pytest.mark.slow
def test_a_batch_at_the_cap_of_events_and_bytes_passes(local: StackSettings, tmp_path: Path) -> None:
    file = tmp_path / "wide.toml"
    names = [f"d{number}" for number in range(WIDE)]
    dimensions = "".join(f'\n[[dimension]]\nname = "{name}"\nkind = "categorical"\npath = "{name}"\n' for name in names)
    file.write_text(f'name = "wide"\n\n[[type]]\nname = "view"\n{dimensions}')
    catalogue = load(str(file))
    settings = own_job(local, "wide", catalogue=str(file))
    prepare(local, settings, catalogue)
    when = ago(minutes=1)
    item = dict.fromkeys(names, "x" * 100)
    many = [
        message(event("wide", number, occurred_at=when, item=item | {"id": f"car-{number}".ljust(128, "-")}))
        for number in range(MAX_EVENTS)
    ]
    payload = Decoder(catalogue, 60).decode(Record(time.time_ns() // 1_000_000, 0, 0, *many[0][:2])).payload
    assert 0.9 * MAX_PAYLOAD_BYTES < len(payload) <= MAX_PAYLOAD_BYTES
    with running(local, settings):
        produce(settings, many)
        report = assert_exact(settings, catalogue)
    assert (report.books.counted, report.books.rejected) == (MAX_EVENTS, 0)
