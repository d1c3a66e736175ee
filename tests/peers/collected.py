"""Penchant's shape in PySpark: collect payloads by (user, date, batch), with the same decode and fold in Python.

Rejects are dropped and nothing is written, where Penchant writes dead letters.
"""

import time
from collections.abc import Iterator

import pandas as pd
import session
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from cql.rows import BatchKey, Layout
from flink_job import heap
from udfs.catalogues.catalogue import load
from udfs.errors import EventRejected
from udfs.events.batch import Batch
from udfs.events.event import Compact, Decoder
from udfs.events.record import Record
from udfs.statistics.fold import Fold
from udfs.statistics.memory import Memory

KEY = ["user_id", "day", "number"]


def job(_: SparkSession, records: DataFrame) -> DataFrame:
    envelope = records.select((f.unix_millis("timestamp")).alias("append_ms"), "partition", "offset", "key", "value")
    decoded = envelope.mapInPandas(decode, "user_id string, day int, number int, payload string")
    batches = decoded.groupBy(*KEY).agg(f.concat_ws(",", f.collect_list("payload")).alias("payloads"))
    return batches.mapInPandas(fold, "user_id string, day int, number int, bytes int")


def decode(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    decoder = Decoder(load("cars"), 60)
    for part in parts:
        found = [event for row in part.itertuples(index=False, name=None) if (event := accepted(decoder, row))]
        rows = [(event.user_id, *event.batch, event.payload) for event in found]
        yield pd.DataFrame(rows, columns=[*KEY, "payload"])


def accepted(decoder: Decoder, row: tuple[int, int, int, bytes, bytes]) -> Compact | None:
    try:
        return decoder.decode(Record(*row))
    except EventRejected:
        return None


def fold(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    catalogue = load("cars")
    folder, layout = Fold(catalogue), Layout(catalogue, 1, 60)
    # As Penchant's, of one Python worker, which Spark uses again: of this program's own globals each task gets others.
    memory: Memory = vars(heap).setdefault("peer_memory", Memory())
    heap.settle()
    for part in parts:
        rows = []
        for user_id, day, number, payloads in part.itertuples(index=False, name=None):
            key = BatchKey(user_id, Batch(day, number))
            delta = memory.fold(folder, key, payloads.encode())
            values = layout.values(key, delta, time.time_ns() // 1_000_000) or []
            rows.append((user_id, day, number, sum(len(cell) for cell in values if isinstance(cell, bytes))))
        yield pd.DataFrame(rows, columns=[*KEY, "bytes"])


if __name__ == "__main__":
    session.run(job)
