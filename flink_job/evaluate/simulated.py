"""A log of simulated traffic, made in this process with all that was shown."""

import datetime
import zoneinfo
from itertools import islice

from flink_job.evaluate.log import Log, Values, World, records
from flink_job.local.traffic.items import Items
from flink_job.local.traffic.rhythm import DAY_S, history
from flink_job.local.traffic.shown import Shown
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic
from udfs.catalogues.catalogue import values_by_name


def simulated(items: Items, kind: Traffic, events: int, days: int, end: datetime.date) -> Log:
    """`events` messages of the `days` dates before `end`; equal arguments, equal logs."""
    catalogue, shown = items.catalogue, list[Shown]()
    midnight = datetime.datetime.combine(end, datetime.time(), zoneinfo.ZoneInfo(catalogue.time_zone)).timestamp()
    clock = history(midnight - days * DAY_S, midnight, events, catalogue.time_zone)
    stream = Stream(items, kind, clock, shown.append)
    found = list(records(islice(stream, events)))
    known: dict[str, Values] = {
        name: values_by_name(catalogue, item) for name, item in zip(items.ids, items.attributes, strict=True)
    }
    return Log(catalogue, found, shown, known, World(items, kind.seed))
