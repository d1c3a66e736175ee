"""The independent recount agrees with ours on a log in memory, and shares nothing with it."""

import ast
import zoneinfo
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
import recount
from running import DISORDER, described, totals

from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.stream import Stream
from flink_job.verify import recount as ours
from udfs.catalogues.catalogue import Catalogue, load
from udfs.events.record import Record

SOURCE = Path(recount.__file__).read_text()
COUNT: Callable[..., tuple[Counter[Any], Counter[str]]] = recount.recount
START = 1_790_000_000


@pytest.fixture(scope="module", params=["cars", "films"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return load(request.param)


@pytest.fixture(scope="module")
def log(catalogue: Catalogue) -> list[Record]:
    """A message every ten seconds, so that hours and dates change within it."""
    clock = iter(range(START, START + 10**6, 10))
    messages = islice(Stream(load_items(catalogue, drawn=300), DISORDER, lambda: next(clock)), 9_000)
    return [Record((START + 10 * n) * 1000, n % 3, n, *message) for n, message in enumerate(messages)]


def test_it_imports_nothing_of_ours_and_stays_short() -> None:
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {"json", "datetime", "collections"}
    assert len(SOURCE.splitlines()) <= 90


def test_it_agrees_with_ours_on_every_total_and_count(catalogue: Catalogue, log: list[Record]) -> None:
    records = [msgspec.structs.astuple(record) for record in log]
    types = [kind.name for kind in catalogue.types]
    expected, counts = COUNT(records, types, described(catalogue), zoneinfo.ZoneInfo(catalogue.time_zone))
    found = ours.recount(log, catalogue, 60)
    folded = list(ours.folded(found, catalogue))
    assert totals(folded, catalogue) == expected
    assert sum(row.events for row in folded) == counts["counted"]
    assert len(found.refused) == counts["rejected"]
    assert len(log) == counts["produced"] == counts["counted"] + counts["duplicate"] + counts["rejected"]
    assert min(counts["counted"], counts["duplicate"], counts["rejected"]) > 100


def test_it_caps_a_crawler_as_ours_does(catalogue: Catalogue, log: list[Record]) -> None:
    good = next(record for record in log if record.key is not None and record.key.startswith(b"crawler"))
    event = msgspec.json.decode(good.value or b"")
    values = [msgspec.json.encode(event | {"event_id": f"{n}"}) for n in range(5_003)]
    many = [(good.append_ms, 0, n, good.key, value, None) for n, value in enumerate(values)]
    types = [kind.name for kind in catalogue.types]
    _, counts = COUNT(many, types, described(catalogue), zoneinfo.ZoneInfo(catalogue.time_zone))
    assert counts == {"produced": 5_003, "counted": 5_000, "capped": 3}
    assert len(ours.recount([Record(*record) for record in many], catalogue, 60).refused) == 3
