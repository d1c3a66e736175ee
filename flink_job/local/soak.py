"""`penchant soak`: hours of traffic, a random kill each minute, and a proof at the end.

In: how long, how fast and a seed that fixes what is killed in which order. Out: what was done, and the report of the
verification. A failure is repeated with its seed.
"""

import random
import time

import msgspec

from flink_job.local.live import VICTIMS, Live, Say, live
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.traffic import Traffic
from flink_job.settings import JobSettings
from flink_job.verify.report import Report
from flink_job.verify.verify import verify
from udfs.catalogues.catalogue import load
from udfs.errors import StackError

PATIENCE_S = 600.0
_LOOK_S = 0.5


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`minutes` of traffic of `rate` a second, a kill each `every_s`, chosen by `seed`."""

    minutes: float
    rate: float
    users: int
    every_s: float
    seed: int
    parallelism: int


class Soaked(msgspec.Struct, frozen=True):
    """How often each process was killed, and whether the store then held exactly what the log says."""

    order: Order
    sent: int
    kills: dict[str, int]
    report: Report

    @property
    def survived(self) -> bool:
        """Whether something was killed, the log holds what it has acknowledged, and the store what the log says."""
        return any(self.kills.values()) and self.report.books.produced == self.sent and self.report.agrees


def soak(local: StackSettings, settings: JobSettings, order: Order, say: Say) -> Soaked:
    """Soak a stack of its own."""
    say(f"seed {order.seed}")
    kind = Traffic(
        seed=order.seed, users=order.users, duplicates=0.02, malformed=0.005, out_of_order=0.02, late=0.005, crawlers=1
    )
    with live(local, settings, kind, order.parallelism, order.rate, say) as under:
        kills = _kill(under, order, say)
        under.feed.finish()
        under.feed.check()
        report = verify(settings, load(settings.catalogue), PATIENCE_S, say)
        return Soaked(order, under.feed.sent, kills, report)


def _kill(under: Live, order: Order, say: Say) -> dict[str, int]:
    chance, kills = random.Random(order.seed), dict.fromkeys(VICTIMS, 0)
    started = time.monotonic()
    due = started + order.every_s
    # The last kill leaves a whole pause, so that the end is not the answer to a kill.
    while due < started + 60 * order.minutes:
        _wait(under, due)
        victim = chance.choice(VICTIMS)
        try:
            under.kill(victim)
        except StackError as exc:
            say(str(exc))
        else:
            kills[victim] += 1
            say(f"{time.monotonic() - started:6.0f} s: killed {victim}; {under.feed.sent:,} sent, lag {under.lag()}")
        due += order.every_s
    _wait(under, started + 60 * order.minutes)
    return kills


def _wait(under: Live, until: float) -> None:
    while time.monotonic() < until and under.feed.running:
        time.sleep(_LOOK_S)
