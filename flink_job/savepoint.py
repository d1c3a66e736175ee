"""A savepoint or checkpoint seen from outside: which records of the log it covers.

In: the bytes of its `_metadata` and a topic. Out: the next offset of each partition. Flink keeps small state inside
that file, and the Kafka source's readers keep one entry per partition: topic (length and UTF-8), partition (4 bytes),
next offset (8), stopping offset (8), all big-endian: `KafkaPartitionSplitSerializer` of the Kafka connector, version 0.
"""

import re
import struct

_SPLIT = struct.Struct(">iqq")
_NEVER_STOPS = -(2**63)
_MOST_PARTITIONS = 100_000


def offsets(metadata: bytes, topic: str) -> dict[int, int]:
    """The next offset of each partition of `topic`; none where the metadata do not hold them."""
    name = topic.encode()
    written = re.escape(struct.pack(">H", len(name)) + name)
    found: dict[int, int] = {}
    for match in re.finditer(b"%s(?=(.{%d}))" % (written, _SPLIT.size), metadata, re.DOTALL):
        partition, offset, stop = _SPLIT.unpack(match[1])
        # The enumerator's own list of partitions begins in the same way.
        if 0 <= partition < _MOST_PARTITIONS and offset >= 0 and (stop == _NEVER_STOPS or stop >= offset):
            found[partition] = max(offset, found.get(partition, 0))
    return found
