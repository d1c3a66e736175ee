"""The end of a write: a dead letter to pass on, or an error to raise.

In: outcomes of `flink_job.write`; a row that was written has none. Out: dead letters. It follows the write in the same
Python chain, so an error that it raises fails the bundle before the checkpoint's barrier passes.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pyflink.common import Types
from pyflink.datastream import FlatMapFunction


class Outcome(NamedTuple):
    """`text` is the dead letter of a batch that the store refuses, or else the error that ended a write."""

    is_letter: bool
    text: str


OUTCOME = Types.TUPLE([Types.BOOLEAN(), Types.STRING()])


class Settle(FlatMapFunction):
    """Raises failures, so that the job restarts from its last checkpoint."""

    def flat_map(self, value: tuple[bool, str]) -> Iterator[str]:
        """One outcome of a write."""
        outcome = Outcome(*value)
        if not outcome.is_letter:
            message = f"write failed: {outcome.text}"
            raise RuntimeError(message)
        yield outcome.text
