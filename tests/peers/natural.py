"""The job as one would write it in PySpark: explode an event into its dimensions, and group.

Counts per (user, date, dimension, value), n, sum and sum of squares per (user, date, dimension) of numbers. No check of
the record, no repeats dropped, no item counted once, no dead letters, and nothing written: less than Penchant does.
"""

import session
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from udfs.catalogues.catalogue import load
from udfs.catalogues.dimension import Dimension


def job(_: SparkSession, records: DataFrame) -> DataFrame:
    dimensions = list(load("cars").by_name.values())
    event = f.from_json(f.col("value").cast("string"), schema(dimensions)).alias("event")
    exploded = records.select(event).select(
        "event.user_id",
        f.to_date("event.occurred_at").alias("date"),
        f.explode(f.array(*map(entry, dimensions))).alias("one"),
    )
    present = exploded.where("one.category is not null or one.number is not null")
    number = f.col("one.number")
    return present.groupBy("user_id", "date", "one.dimension", "one.category").agg(
        f.count("*").alias("n"), f.sum(number).alias("total"), f.sum(number * number).alias("squares")
    )


def schema(dimensions: list[Dimension]) -> StructType:
    attributes = [
        StructField(one.path, StringType() if one.kind == "categorical" else DoubleType()) for one in dimensions
    ]
    texts = [StructField(name, StringType()) for name in ("event_id", "user_id", "type", "occurred_at")]
    return StructType([*texts, StructField("item", StructType(attributes))])


def entry(dimension: Dimension) -> object:
    value, is_category = f.col(f"event.item.{dimension.path}"), dimension.kind == "categorical"
    return f.struct(
        f.lit(dimension.name).alias("dimension"),
        (value if is_category else f.lit(None).cast("string")).alias("category"),
        (f.lit(None).cast("double") if is_category else value).alias("number"),
    )


if __name__ == "__main__":
    session.run(job)
