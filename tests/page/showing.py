"""The real application over deltas in memory, on a port of its own, so that a browser can look at the page.

In: simulated weeks, folded by the very code of the job. Out: an address, and a source that tests may change.
"""

import asyncio
import datetime
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import groupby, islice

from granian.constants import Interfaces
from granian.server.embed import Server
from held import CARS, NOW, TODAY, HeldSource
from running import free_ports, until

from api.app import create_app
from api.settings import ApiSettings
from cql.job_report import JobReport, Position, Rejected
from cql.rows import BatchKey, BatchRow
from flink_job.evaluate.log import Log
from flink_job.evaluate.simulated import simulated
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.rhythm import DAY_S
from flink_job.local.traffic.traffic import Traffic
from flink_job.verify.recount import recount
from udfs.events.payload import together
from udfs.model.fitting.population import fit
from udfs.model.posterior import evidence_of
from udfs.model.priors import Priors, to_json
from udfs.model.question import Question
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Fold

DAYS, EVENTS, USERS, ITEMS = 20, 3_000, 40, 300
BUSY = "user-00000"
"""The user of whom most is known."""
PRIORS = "2026-11-23-simulated"
END = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
SETTINGS = ApiSettings(authentication=False)


class Site:
    """Where the page is, what it is served from, and the time there."""

    def __init__(self, held: HeldSource, url: str) -> None:
        self.held = held
        self.url = url
        self.now = NOW

    def clock(self) -> float:
        return self.now


@contextmanager
def served(settings: ApiSettings = SETTINGS) -> Iterator[Site]:
    """The application in a thread, with a loop of its own: Playwright has one in this thread."""
    (port,) = free_ports(1)
    site = Site(populated(), f"http://127.0.0.1:{port}")
    server = Server(
        create_app(settings, site.held, site.clock), port=port, interface=Interfaces.ASGINL, log_enabled=False
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    try:
        until(lambda: _answers(site.url))
        yield site
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join()
        loop.close()


def populated() -> HeldSource:
    """Some weeks of a few users, the priors fitted to them, and a job that reports."""
    held = HeldSource()
    held.rows = {user_id: list(rows) for user_id, rows in _stored().items()}
    held.priors_version, held.bodies = PRIORS, {PRIORS: _priors()}
    held.report = report(2_150)
    return held


@cache
def _log() -> Log:
    return simulated(load_items(CARS), Traffic(users=USERS, rate=EVENTS / (DAYS * DAY_S)), EVENTS, DAYS, END)


@cache
def _stored() -> Mapping[str, list[BatchRow]]:
    found, fold = recount(_log().records, CARS, DAYS + 1), Fold(CARS)
    users = groupby(sorted(found.payloads), key=lambda key: key.user_id)
    return {user_id: [_row(fold, key, found.payloads[key]) for key in keys] for user_id, keys in users}


@cache
def _priors() -> str:
    last = TODAY - datetime.timedelta(days=1)
    question = Question(last - datetime.timedelta(days=DAYS), last, tuple(CARS.by_name), CARS.weights)
    people = [evidence_of(CARS, [(row.date, row.cells) for row in rows], question) for rows in _stored().values()]
    fitted = fit(CARS, people, list(islice(_log().items.values(), ITEMS)))
    return to_json(Priors(PRIORS, fitted.population, fitted.inventory))


def report(covered: int, at: float = NOW) -> JobReport:
    positions = [Position(0, 48_211, 48_300), Position(1, 51_907, 51_912)]
    return JobReport(
        round(at * 1000), positions, covered, 60.0, Rejected({"not_json": 41, "bad_attribute": 17, "expired": 4})
    )


def _row(fold: Fold, key: BatchKey, payloads: list[str]) -> BatchRow:
    delta = fold.fold(together(payloads))
    cells = {one.name: encode(made) for one, made in zip(CARS.dimensions, delta.statistics, strict=True)}
    return BatchRow(key.batch.date, key.batch.number, delta.version, delta.events, delta.items, cells)


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{url}/health", timeout=5).status == 200)
    except OSError:
        return False
