"""The job's report of itself, for people who watch it: JSON in one row per generation, replaced every two seconds.

In: what the job knows of the log. Out: the body of the row, and back. Nothing that counts rests on it, so whoever reads
it may say "not known" where it is missing or old; `flink_job.recovery` is strict then.
"""

import msgspec

from udfs.errors import EncodingError


class Position(msgspec.Struct, frozen=True):
    """A partition of the log, which ends before `log_end`: a checkpoint covers all before `next_offset`."""

    partition: int
    next_offset: int
    log_end: int

    @property
    def lag(self) -> int:
        """Records that no completed checkpoint covers yet."""
        return self.log_end - self.next_offset


class Rejected(msgspec.Struct, frozen=True):
    """Dead letters by reason, copies among them, before `next_offsets` of the rejected topic's partitions."""

    by_reason: dict[str, int] = {}
    next_offsets: dict[int, int] = {}


class JobReport(msgspec.Struct, frozen=True):
    """As of `at_ms`. In the `seconds` before, checkpoints came to cover `covered` further records."""

    at_ms: int
    positions: list[Position]
    covered: int
    seconds: float
    rejected: Rejected


def to_json(report: JobReport) -> str:
    """The body of the row."""
    return msgspec.json.encode(report).decode()


def from_json(body: str) -> JobReport:
    """The report of a body. Raises EncodingError."""
    try:
        return msgspec.json.decode(body, type=JobReport)
    except msgspec.DecodeError as exc:
        message = f"the job's report cannot be read: {exc}; was it written by a newer build?"
        raise EncodingError(message) from exc
