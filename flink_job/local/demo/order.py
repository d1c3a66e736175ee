"""What is asked of one demo."""

import msgspec

from flink_job.local.traffic.traffic import Traffic


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`events` messages at `rate` per second (0 = as fast as possible); `once` ends after `penchant verify`."""

    traffic: Traffic
    events: int
    rate: float
    parallelism: int
    once: bool
    patience_s: float
