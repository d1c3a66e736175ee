"""The shape of `natural.py` in Flink's SQL, without any Python: what Flink itself makes of it on the same cores.

As little is promised: no check of the record, no repeats dropped, no item counted once, no dead letters.
"""

import bare
from pyflink.table import StreamTableEnvironment, Table

from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension

_PARSED = """
CREATE TEMPORARY TABLE parsed (user_id STRING, occurred_at STRING, item ROW<{attributes}>) WITH (
    'connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{bootstrap}',
    'properties.group.id' = '{group}', 'scan.startup.mode' = 'earliest-offset',
    'value.format' = 'json', 'value.json.ignore-parse-errors' = 'true'
)
"""

_GROUPED = """
SELECT user_id, `date`, dimension, category, COUNT(*) AS n, SUM(number) AS total, SUM(number * number) AS squares
FROM (SELECT user_id, SUBSTRING(occurred_at, 1, 10) AS `date`, ARRAY[{entries}] AS entries FROM parsed)
CROSS JOIN UNNEST(entries) AS exploded (dimension, category, number)
WHERE category IS NOT NULL OR number IS NOT NULL
GROUP BY user_id, `date`, dimension, category
"""


def graph(tables: StreamTableEnvironment, settings: JobSettings, catalogue: Catalogue) -> Table:
    dimensions = list(catalogue.by_name.values())
    attributes = ", ".join(map(attribute, dimensions))
    place = {"topic": settings.events_topic, "bootstrap": settings.kafka_bootstrap, "group": settings.group}
    tables.execute_sql(_PARSED.format(attributes=attributes, **place))
    return tables.sql_query(_GROUPED.format(entries=", ".join(map(entry, dimensions))))


def attribute(dimension: Dimension) -> str:
    return f"`{dimension.path}` {'STRING' if dimension.kind == 'categorical' else 'DOUBLE'}"


def entry(dimension: Dimension) -> str:
    value = f"item.`{dimension.path}`"
    if dimension.kind == "categorical":
        return f"ROW('{dimension.name}', {value}, CAST(NULL AS DOUBLE))"
    return f"ROW('{dimension.name}', CAST(NULL AS STRING), {value})"


if __name__ == "__main__":
    bare.run(graph)
