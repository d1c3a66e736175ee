"""The table `events` over an archive: the same columns as over the log, so the rest of the job is the same.

A bounded table: the job ends with it. Only the files of the dates that are asked for are opened.
"""

from pyflink.table import StreamTableEnvironment

from flink_job.notation import literal
from flink_job.settings import JobSettings
from udfs.events.batch import instant

_ARCHIVED = """
CREATE TEMPORARY TABLE archived (
    `key` BYTES,
    `value` BYTES,
    `append_ms` BIGINT,
    `time_type` STRING,
    `partition` INT,
    `offset` BIGINT,
    `headers` MAP<STRING, BYTES>,
    `date` STRING
) PARTITIONED BY (`date`) WITH ('connector' = 'filesystem', 'path' = {path}, 'format' = 'json')
"""

_EVENTS = """
CREATE TEMPORARY VIEW events AS
SELECT `key`, `value`, TO_TIMESTAMP_LTZ(`append_ms`, 3) AS `append_time`, `time_type`, `partition`, `offset`, `headers`
FROM archived
WHERE `date` >= '{first}' AND `date` <= '{last}' AND `append_ms` >= {since_ms} AND `append_ms` < {until_ms}
"""


def declare(tables: StreamTableEnvironment, settings: JobSettings) -> None:
    """Declare `events` over the archive that the settings name."""
    since_ms, until_ms = settings.archive_since_ms, settings.archive_until_ms
    tables.execute_sql(_ARCHIVED.format(path=literal(settings.archive)))
    tables.execute_sql(
        _EVENTS.format(first=_date(since_ms), last=_date(until_ms), since_ms=since_ms, until_ms=until_ms)
    )


def _date(ms: int) -> str:
    return instant(ms).date().isoformat()
