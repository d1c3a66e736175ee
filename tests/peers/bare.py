"""What programs for bare Flink share: the entry of Penchant's job with another graph, whose result is dropped.

In: a function that makes a table. Out: a job that `flink run -py` can be given, with Penchant's own configuration.
"""

from collections.abc import Callable
from typing import TypeAlias

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment, Table, TableDescriptor

import flink_job.__main__ as entry
from flink_job.pipeline import with_tables
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue

Graph: TypeAlias = Callable[[StreamTableEnvironment, JobSettings, Catalogue], Table]


def run(graph: Graph) -> None:
    """Submit it."""

    def build(env: StreamExecutionEnvironment, settings: JobSettings, catalogue: Catalogue) -> None:
        tables = with_tables(env, settings)
        drop(tables, graph(tables, settings, catalogue))

    entry.build = build
    entry.main()


def drop(tables: StreamTableEnvironment, result: Table) -> None:
    """Let the rows go nowhere."""
    schema = Schema.new_builder().from_resolved_schema(result.get_resolved_schema()).build()
    tables.create_temporary_table("nowhere", TableDescriptor.for_connector("blackhole").schema(schema).build())
    statements = tables.create_statement_set()
    statements.add_insert("nowhere", result)
    statements.attach_as_datastream()
