"""The least that Flink with Python can do: the log, read as Penchant reads it, to a function that looks at nothing.

No decode, no state, no fold, and nothing goes on from there: a job with a Python function in front takes longer.
"""

from typing import Any

import bare
import pandas
from pyflink.table import DataTypes, StreamTableEnvironment, Table
from pyflink.table.udf import udf

from flink_job.settings import JobSettings
from flink_job.source import records
from udfs.catalogues.catalogue import Catalogue


def graph(tables: StreamTableEnvironment, settings: JobSettings, _: Catalogue) -> Table:
    tables.create_temporary_view("records", records(tables, settings))
    tables.create_temporary_function("nothing", udf(nothing, result_type=DataTypes.INT(), func_type="pandas"))
    return tables.sql_query("SELECT nothing(append_ms, `partition`, `offset`, `key`, `value`, origin) FROM records")


def nothing(*columns: "pandas.Series[Any]") -> "pandas.Series[Any]":
    return pandas.Series(0, index=columns[0].index, dtype="int32")


if __name__ == "__main__":
    bare.run(graph)
