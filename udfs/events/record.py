"""A record: one entry of the log as Kafka keeps it, before anyone has looked inside.

The same envelope (append time, partition, offset, key, bytes) is the format of the job's input, of dead letters and
of archives.
"""

import msgspec


class Record(msgspec.Struct, frozen=True, array_like=True):
    """`key` and `value` are the producer's bytes.

    `append_ms` is the broker's clock (LogAppendTime) in ms since the epoch, or -1 if the topic keeps another time.
    """

    append_ms: int
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
