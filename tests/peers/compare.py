"""Penchant without the store beside PySpark 4.1.1 and bare Flink, on one backlog, on the same cores, in one run.

    uv run --group peers python tests/peers/compare.py --events 400000 --repeats 2 [--only rocksdb] [--json]

Each repeat runs every job once, so that all meet the same background; before, each has run once uncounted. None of them
writes to a store. Spark's first micro-batch, and Flink's events before the first commit and after the last but one, do
not count. Bare Flink has a stack of its own with the JVM's better compiler, which pays where there is no Python; so it
comes after the others.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from itertools import count, islice
from pathlib import Path

import msgspec

from flink_job.local import jars, job, kafka, stack
from flink_job.local.bench.run import measure
from flink_job.local.settings import StackSettings, client_environ, stack_settings
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.producer import EventProducer
from flink_job.local.traffic.stream import Stream
from flink_job.local.traffic.traffic import Traffic
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.settings import read

SPARK_KAFKA = jars.Component("spark-kafka", "4.1.1", ("org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1",))
PENCHANT = "penchant, collected"
FLINK = {
    PENCHANT: (job.PROGRAM, 5_000),
    "flink, a Python function that does nothing": (Path(__file__).with_name("untouched.py"), 1_000),
    "flink, natural shape, no Python": (Path(__file__).with_name("natural_flink.py"), 5_000),
}
"""By name: the program, and the milliseconds between checkpoints, of which a backlog must see a few: 5 s are Penchant's
own, and all is over by then where nothing is done."""
SPARK = {
    "spark, natural shape, rocksdb": ("natural.py", "rocksdb"),
    "spark, natural shape, memory": ("natural.py", "memory"),
    "spark, penchant's shape, rocksdb": ("collected.py", "rocksdb"),
    "spark, penchant's shape, memory": ("collected.py", "memory"),
}
MICRO_BATCH = 30_000
"""Events of one of Spark's: some two seconds, as long as Penchant's."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--only", default="", help="beside Penchant only what has this in its name")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = compared(asked)
    print(json.dumps(report(asked, found), indent=2) if asked.json else "\n".join(lines(found)))


def report(asked: argparse.Namespace, found: dict[str, list[float]]) -> dict[str, object]:
    """What ran where, and the figures."""
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "sharing_the_cores": "Kafka and the cluster of Flink, idle while Spark runs, and whatever else ran",
        "order": vars(asked),
        "events_per_second": found,
    }


def compared(asked: argparse.Namespace) -> dict[str, list[float]]:
    """Events a second of each repeat, by job."""
    local = stack_settings(os.environ)
    local = msgspec.structs.replace(local, stack_directory=str(Path(local.cache) / "bench"))
    better = msgspec.structs.replace(local, flink_compiler="better")
    bare = [name for name in FLINK if name != PENCHANT and asked.only in name]
    found = repeated(local, asked, [PENCHANT, *(name for name in SPARK if asked.only in name)])
    return found | (repeated(better, asked, bare) if bare else {})


def repeated(local: StackSettings, asked: argparse.Namespace, names: list[str]) -> dict[str, list[float]]:
    """The same of these jobs, in turn, on a stack of their own."""
    settings = read(JobSettings, dict(os.environ) | client_environ(local))
    bring = jars.fetch(SPARK_KAFKA, local.jars)
    runs: dict[str, list[float]] = {name: [] for name in names}
    generations = count(10)
    with stack.passing(local, without=("cassandra", "api"), say=say):
        kafka.create_topics(local)
        produce(settings, asked)
        for name in filter(FLINK.get, names):
            flink(local, settings, asked, name, next(generations))
        for _ in range(asked.repeats):
            for name, own in runs.items():
                if name in FLINK:
                    own.append(flink(local, settings, asked, name, next(generations)))
                else:
                    own.append(spark(bring, settings, asked, *SPARK[name]))
    return runs


def produce(settings: JobSettings, asked: argparse.Namespace) -> None:
    say(f"writing a backlog of {asked.events:,} events")
    producer = EventProducer(settings, settings.events_topic, time.monotonic)
    stream = Stream(load_items(load(settings.catalogue)), Traffic(users=asked.users), time.time)
    producer.send(islice(stream, asked.events))
    producer.close()


def flink(local: StackSettings, settings: JobSettings, asked: argparse.Namespace, name: str, generation: int) -> float:
    program, interval = FLINK[name]
    own = msgspec.structs.replace(
        settings, write_to_store=False, generation=generation, checkpoint_interval_ms=interval
    )
    found = measure(local, own, f"peer-{generation}", asked.cores, program=program).events_per_second
    say(f"{name}: {found:,.0f} events/s")
    return found


def spark(bring: Path, settings: JobSettings, asked: argparse.Namespace, script: str, state: str) -> float:
    command = [sys.executable, str(Path(__file__).with_name(script)), "--jars", str(bring), "--state", state]
    command += ["--bootstrap", settings.kafka_bootstrap, "--topic", settings.events_topic]
    command += ["--cores", str(asked.cores), "--batch", str(MICRO_BATCH)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{script} {state} failed:\n{done.stderr[-3000:]}")
    found: float = json.loads(done.stdout.splitlines()[-1])["events_per_second"]
    say(f"{script} {state}: {found:,.0f} events/s")
    return found


def lines(found: dict[str, list[float]]) -> list[str]:
    ours = statistics.median(found[PENCHANT])
    return [
        f"{name:<42} {statistics.median(runs):>8,.0f} events/s ({min(runs):,.0f} to {max(runs):,.0f}); "
        f"Penchant is {ours / statistics.median(runs):.2f}x"
        for name, runs in found.items()
    ]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
