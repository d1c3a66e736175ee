"""What both Spark jobs share: a local session beside Kafka, and one run over the backlog.

In: where the backlog is. Out: one line of JSON: events a second of the second time through it, but for its first
micro-batch. The first time warms up, as an uncounted run does for each of the others.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

CONNECTOR = ("spark-sql-kafka", "spark-token-provider-kafka", "kafka-clients", "commons-pool2")
"""What PySpark's wheel lacks; an older library beside its own would win."""
PROVIDER = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
TRIES_S = 600


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--bootstrap", "--topic", "--jars"):
        parser.add_argument(name, required=True)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--batch", type=int, required=True, help="events per micro-batch")
    parser.add_argument("--state", choices=("memory", "rocksdb"), default="rocksdb")
    return parser.parse_args()


def run(job: Callable[[SparkSession, DataFrame], DataFrame]) -> None:
    """Run `job` over the records of the topic until its present end."""
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="spark-peer-") as work:
        spark = session(asked, Path(work))
        try:
            for time in ("first", "second"):
                found = measured(job(spark, records(spark, asked)), Path(work) / time)
            print(json.dumps(found), flush=True)
        finally:
            spark.stop()


def session(asked: argparse.Namespace, work: Path) -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = (
        SparkSession.builder.master(f"local[{asked.cores}]")
        .config("spark.driver.extraClassPath", ":".join(connector(asked.jars)))
        .config("spark.driver.memory", "3g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.local.dir", str(work))
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", str(asked.cores))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "10000")
    )
    if asked.state == "rocksdb":
        builder = builder.config("spark.sql.streaming.stateStore.providerClass", PROVIDER)
    spark: SparkSession = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def connector(jars: str) -> list[str]:
    return [str(jar) for name in CONNECTOR for jar in Path(jars).glob(f"{name}-*.jar")]


def records(spark: SparkSession, asked: argparse.Namespace) -> DataFrame:
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", asked.bootstrap)
        .option("subscribe", asked.topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", asked.batch)
        .load()
    )


def measured(result: DataFrame, work: Path) -> dict[str, float]:
    query = (
        result.writeStream.format("noop")
        .outputMode("update")
        .option("checkpointLocation", str(work / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    if not query.awaitTermination(TRIES_S):
        sys.exit(f"Spark has not come to the end within {TRIES_S} s")
    batches = [(batch["numInputRows"], batch["durationMs"]["triggerExecution"]) for batch in query.recentProgress]
    counted = [batch for batch in batches if batch[0]][1:]
    events, milliseconds = map(sum, zip(*counted, strict=True))
    return {"events": events, "seconds": milliseconds / 1000, "events_per_second": events / milliseconds * 1000}
