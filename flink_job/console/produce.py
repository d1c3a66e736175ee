"""`penchant produce`: simulated traffic, or lines of JSON, into Kafka."""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

import click
import msgspec

from flink_job.local.settings import job_settings
from flink_job.local.traffic import lines, truth_table
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.message import Message, instant
from flink_job.local.traffic.producer import EventProducer
from flink_job.local.traffic.rhythm import DAY_S, history
from flink_job.local.traffic.shown import Shown, Watcher, writer
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic, traffic
from flink_job.local.traffic.truth import Oracle, Truth
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load as load_catalogue
from udfs.errors import SettingsError


class Report(msgspec.Struct, frozen=True):
    """What Kafka acknowledged, what failed by error, what was made of each kind, and the truth asked for."""

    acknowledged: int
    failed: dict[str, int]
    seconds: float
    made: dict[str, int]
    run: str
    truth: Truth | None


class Order(msgspec.Struct, frozen=True):
    """What is asked of one run besides the kind of traffic: the options of the same names, and where the log is."""

    catalogue: str
    settings: JobSettings
    topic: str
    run: str
    rate: float
    history_days: float
    events: int | None = None
    source: str | None = None
    shown: str | None = None
    taste: str | None = None

    @property
    def pace(self) -> float:
        """Messages per second of simulated time."""
        return self.events / (self.history_days * DAY_S) if self.events and self.history_days else self.rate


@click.command(name="produce")
@click.option("--events", type=click.IntRange(0), help="Messages to send; without it until Ctrl-C or the input's end.")
@click.option("--rate", type=click.FloatRange(0), default=0.0, help="Messages per second; 0 = as fast as possible.")
@click.option("--catalogue", help="Name of a shipped catalogue, or a file.")
@click.option("--seed", default=1, show_default=True, help="Fixes the users' tastes.")
@click.option("--run", help="Token in event ids; with the seed it fixes what happens. Default: from the time.")
@click.option("--users", default=2000, show_default=True, help="Users at any one time.")
@click.option("--list-size", default=20, show_default=True, help="Items on a page.")
@click.option("--crawlers", default=0, help="Users who read every item in turn.")
@click.option("--crawler-share", default=0.1, show_default=True, help="Share of messages that each crawler sends.")
@click.option("--duplicates", default=0.0, help="Share of messages that repeat an earlier one.")
@click.option("--malformed", default=0.0, help="Share of messages that are no events, in eight ways.")
@click.option("--out-of-order", default=0.0, help="Share of events that come 1 to 10 minutes late.")
@click.option("--late", default=0.0, help="Share of events that come a day late.")
@click.option("--history-days", type=click.FloatRange(0), default=0.0, help="Spread --events over so many days past.")
@click.option("--shown", metavar="FILE", help="Write what users were shown to a file.")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Send the JSON lines of a file, or of stdin for -.",
)
@click.option("--taste", metavar="USER", help="Print a user's hidden taste and the truth under what was shown.")
@click.option("--bootstrap", metavar="HOST:PORT", help="Kafka's address.")
@click.option("--topic", help="Topic of events.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool, **options: object) -> None:
    """Write simulated traffic, or lines of JSON, to Kafka."""
    settings = job_settings(os.environ)
    given = _defaults(settings) | {name: value for name, value in options.items() if value is not None}
    given["settings"] = msgspec.structs.replace(settings, kafka_bootstrap=given["bootstrap"])
    order = msgspec.convert(given, Order)
    report = _replay(order) if order.source else _simulate(order, traffic(given | {"rate": order.pace}))
    click.echo(msgspec.json.encode(report) if as_json else _text(report))
    sys.exit(1 if report.failed else 0)


def _defaults(settings: JobSettings) -> dict[str, object]:
    return {
        "catalogue": settings.catalogue,
        "bootstrap": settings.kafka_bootstrap,
        "topic": settings.events_topic,
        "run": f"{int(time.time() * 1000):x}",
    }


def _replay(order: Order) -> Report:
    if order.taste or order.history_days or order.shown:
        message = "--from sends lines as they are; --taste, --shown and --history-days belong to simulated traffic"
        raise SettingsError(message)
    with click.open_file(str(order.source), "rb") as file:
        return _send(order, lines.messages(file), Counter())


def _simulate(order: Order, kind: Traffic) -> Report:
    items = load_items(load_catalogue(order.catalogue))
    # Asked first, so that a wrong user id costs no run.
    oracle = Oracle(items, kind.seed)
    who = oracle.user(order.taste) if order.taste else None
    kept: list[Shown] = []
    with click.open_file(order.shown or os.devnull, "wb") as file:
        write = writer(file) if order.shown else None
        stream = Stream(items, kind, _clock(order, items.catalogue.time_zone), _watcher(order.taste, kept, write))
        report = _send(order, stream, stream.tally)
    truth = oracle.truth(who.user_id, kept, instant(time.time())) if who else None
    return msgspec.structs.replace(report, truth=truth)


def _clock(order: Order, time_zone: str) -> Callable[[], float]:
    if not order.history_days:
        return time.time
    if not order.events:
        message = "--history-days needs --events: how many are to be spread over those days"
        raise SettingsError(message)
    now = time.time()
    return history(now - order.history_days * DAY_S, now, order.events, time_zone)


def _watcher(taste: str | None, kept: list[Shown], write: Watcher | None) -> Watcher | None:
    if taste is None and write is None:
        return None

    def watch(shown: Shown) -> None:
        if shown.user_id == taste:
            kept.append(shown)
        if write:
            write(shown)

    return watch


def _send(order: Order, messages: Iterator[Message], made: Counter[str]) -> Report:
    if order.events == 0:
        return Report(0, {}, 0.0, {}, order.run, None)
    started = time.monotonic()
    producer = EventProducer(order.settings, order.topic, time.monotonic)
    # Ctrl-C ends a run without a number of events; what was handed over is still counted.
    with suppress(KeyboardInterrupt):
        producer.send(islice(messages, order.events), order.rate)
    producer.close()
    seconds = time.monotonic() - started
    return Report(producer.acknowledged, dict(producer.failed), seconds, dict(made), order.run, None)


def _text(report: Report) -> str:
    pace = report.acknowledged / max(report.seconds, 1e-9)
    rows = [
        f"{report.acknowledged:,} messages acknowledged in {report.seconds:.1f} s ({pace:,.0f}/s), run {report.run}"
    ]
    rows += [f"{count:,} failed: {error}" for error, count in report.failed.items()]
    if report.made:
        rows.append("made: " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.made.items())))
    return "\n".join([*rows, *(truth_table.lines(report.truth) if report.truth else ())])
