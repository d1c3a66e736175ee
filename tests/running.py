"""What tests on a running stack share: free ports, jobs with topics and tables of their own, and how exact they are."""

import math
import os
import random
import socket
import time
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import psutil
import recount

from cql.generations import Generations
from cql.migrate import migrate
from cql.rows import StoredRow
from cql.scan import scan
from cql.store import Store
from flink_job.local import cluster, flink, job, kafka, stack
from flink_job.local.settings import StackSettings, client_environ, stack_settings
from flink_job.local.state import Life, PartState
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.message import Message
from flink_job.local.traffic.producer import EventProducer
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic
from flink_job.log import Log
from flink_job.notation import path
from flink_job.settings import JobSettings
from flink_job.verify.report import Report
from flink_job.verify.verify import verify
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import StackError
from udfs.events.batch import LATE, Batch
from udfs.events.record import Record
from udfs.settings import environment, read
from udfs.statistics.counts import Counts
from udfs.statistics.encoding import decode
from udfs.statistics.statistic import Statistic

PATIENCE_S = 240.0
# Systems take 32768 and above for outgoing connections: one of those could go before what it was chosen for starts.
_CANDIDATES = iter(random.sample(range(20_000, 32_000), 12_000))
DISORDER = Traffic(users=60, duplicates=0.05, malformed=0.02, out_of_order=0.05, late=0.03, crawlers=1)


def free_ports(count: int) -> list[int]:
    """Ports where nothing listens, none of them given before."""
    return list(islice(filter(_is_free, _CANDIDATES), count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def port_environ() -> dict[str, str]:
    """A free port for every part of a stack, as variables."""
    names = [name for name in StackSettings.__struct_fields__ if name.endswith("_port")]
    return {f"PENCHANT_{name.upper()}": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}


def own_settings(directory: Path) -> StackSettings:
    return stack_settings(dict(os.environ) | port_environ() | {"PENCHANT_STACK_DIRECTORY": str(directory)})


def until(condition: Callable[[], bool], patience_s: float = 120.0, told: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + patience_s
    while not _holds(condition):
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except StackError:
        # On two busy cores Flink may be late with an answer, just after something was killed.
        return False


def own_job(local: StackSettings, name: str, **changes: str) -> JobSettings:
    """Settings of a job with topics, keyspace and group of its own; quick checkpoints, so that a test need not wait."""
    own = {
        "PENCHANT_EVENTS_TOPIC": f"{name}.events",
        "PENCHANT_REJECTED_TOPIC": f"{name}.rejected",
        "PENCHANT_STORE_KEYSPACE": name,
        "PENCHANT_KAFKA_GROUP": name,
        "PENCHANT_MICRO_BATCH_MS": "300",
        "PENCHANT_CHECKPOINT_INTERVAL_MS": "1000",
        "PENCHANT_STORE_TIMEOUT_MS": "10000",
    }
    changed = {f"PENCHANT_{field.upper()}": value for field, value in changes.items()}
    return read(JobSettings, client_environ(local) | own | changed)


def prepare(local: StackSettings, settings: JobSettings, catalogue: Catalogue) -> None:
    """Make the topics and tables of a job."""
    kafka.create_topics(local, events=settings.events_topic, rejected=settings.rejected_topic, partitions=2)
    migrate(settings, catalogue)


@contextmanager
def running(local: StackSettings, settings: JobSettings, *, parallelism: int = 2, build: str = "") -> Iterator[str]:
    """The job on the cluster, by its id; cancelled at the end, under whatever id it then runs."""
    name = job_name(settings)
    submitted = submit(local, settings, parallelism=parallelism, build=build)
    try:
        yield submitted
    finally:
        job.cancel(local, job_id(local, name))


def submit(
    local: StackSettings, settings: JobSettings, *, parallelism: int, build: str = "", savepoint: Path | None = None
) -> str:
    """Start the job, or another build of it (`e2e/build.py`), and give its id."""
    return job.submit(
        local,
        environment(settings) | {"BUILD": build},
        parallelism=parallelism,
        savepoint=savepoint,
        name=job_name(settings),
        program=Path(__file__).parent / "e2e" / "build.py" if build else job.PROGRAM,
    )


def begun_from(local: StackSettings, job: str) -> Path | None:
    """The savepoint or checkpoint that the job's state was last restored from; None if it began with none."""
    restored = flink.checkpoint_statistics(local, job)["latest"]["restored"]
    return path(restored["external_path"]) if restored else None


def job_name(settings: JobSettings) -> str:
    return f"{settings.store_keyspace}-{settings.generation}"


def job_id(local: StackSettings, name: str) -> str:
    """The present id of a job: the supervisor gives a lost one a new id."""
    return next(record.job for record in job.records(local) if record.name == name)


def part(local: StackSettings, name: str) -> PartState:
    return next(part for part in stack.status(local).parts if part.name == name)


def kill(local: StackSettings, name: str) -> None:
    """Kill a part by -9 and wait until its supervisor has started it again."""
    victim = part(local, name).pid
    assert victim is not None
    psutil.Process(victim).kill()
    until(lambda: part(local, name).pid not in (None, victim))
    until(lambda: part(local, name).life is Life.READY)


def kill_workers(local: StackSettings) -> None:
    """Kill every Python worker by -9 and wait until Flink has started others."""
    killed = cluster.workers(local)
    for worker in killed:
        worker.kill()
    until(lambda: {worker.pid for worker in cluster.workers(local)} - {worker.pid for worker in killed})


def traffic(catalogue: Catalogue, kind: Traffic, count: int) -> Iterator[Message]:
    return islice(Stream(load_items(catalogue), kind, time.time), count)


def produce(settings: JobSettings, messages: Iterable[Message], rate: float = 0.0) -> None:
    """Send messages and wait until the log has all of them."""
    producer = EventProducer(settings, settings.events_topic, time.monotonic)
    producer.send(messages, rate)
    producer.close()
    assert not producer.failed


def verified(settings: JobSettings, catalogue: Catalogue) -> Report:
    """The outcome of `penchant verify`, once the job has caught up."""
    return verify(settings, catalogue, PATIENCE_S, print)


def rows(settings: JobSettings, catalogue: Catalogue) -> list[StoredRow]:
    with closing(Store.open(settings)) as store:
        return list(scan(store, Generations(store).layers(settings.generation), catalogue))


def recounted(settings: JobSettings, catalogue: Catalogue) -> tuple[Counter[Any], Counter[str]]:
    """Totals and counts of the log, by the recount that shares no code with ours."""
    with Log(settings, settings.events_topic) as log:
        return recounted_of(log.records(log.ends()), settings, catalogue)


def recounted_of(
    records: Iterable[Record], settings: JobSettings, catalogue: Catalogue
) -> tuple[Counter[Any], Counter[str]]:
    types, zone = [kind.name for kind in catalogue.types], zoneinfo.ZoneInfo(catalogue.time_zone)
    count: Callable[..., tuple[Counter[Any], Counter[str]]] = recount.recount
    told = [msgspec.structs.astuple(record) for record in records]
    return count(told, types, described(catalogue), zone, settings.retention_days, settings.generation)


def described(catalogue: Catalogue) -> list[dict[str, Any]]:
    fields = ("name", "kind", "path", "scale", "aliases", "missing", "top_coded")
    return [
        {field: getattr(dimension, field) for field in fields}
        | {"transform": math.log if dimension.transform == "log" else float}
        | {"bins": msgspec.structs.astuple(dimension.bins) if dimension.bins else None}
        for dimension in catalogue.dimensions
    ]


def totals(stored: Iterable[StoredRow], catalogue: Catalogue) -> Counter[Any]:
    """What rows hold, in the form of the recount's totals."""
    found: Counter[Any] = Counter()
    for row in stored:
        for dimension in catalogue.dimensions:
            cell = (row.key.user_id, row.key.batch.date.isoformat(), _named(row.key.batch), dimension.name)
            for code, part in _parts(decode(dimension, row.cells[dimension.name])):
                found.update({(*cell, catalogue.types[code].name, name): number for name, number in part.items()})
    return found


def _named(batch: Batch) -> str:
    """As the recount calls it, which does not know how a replay's number comes of its event's id."""
    if batch.is_replayed:
        return "replayed"
    return f"late {batch.number - LATE}" if batch.is_late else str(batch.number)


def _parts(statistic: Statistic) -> Iterator[tuple[int, dict[Any, int]]]:
    """Per type code, the counts, or n, sum, squares and bins."""
    if isinstance(statistic, Counts):
        yield from enumerate(statistic.by_type)
    else:
        for code, moment in enumerate(statistic.moments.by_type):
            sums = {"n": moment.n, "sum": moment.total, "squares": moment.squares}
            yield code, sums | statistic.bins.by_type[code] if moment.n else {}


def assert_exact(settings: JobSettings, catalogue: Catalogue) -> Report:
    """Log, store and dead letters tell the same, by verify and by the independent recount."""
    report = verified(settings, catalogue)
    assert report.agrees, report.lines()
    expected, counts = recounted(settings, catalogue)
    assert totals(rows(settings, catalogue), catalogue) == expected
    assert msgspec.structs.asdict(report.books) == {name: counts[name] for name in report.books.__struct_fields__}
    return report
