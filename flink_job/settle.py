"""The end of a write: a dead letter to pass on, or an error to raise.

In: outcomes of `flink_job.write`; a row that was written has none. Out: dead letters. It follows the write in the same
Python chain, so an error that it raises fails the bundle before the checkpoint's barrier passes.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pyflink.common import Types
from pyflink.datastream import FlatMapFunction, RuntimeContext

from flink_job.metrics import letters
from udfs.errors import Reason


class Outcome(NamedTuple):
    """`text` is the dead letter of a batch that the store refuses, or else the error that ended a write."""

    is_letter: bool
    text: str


OUTCOME = Types.TUPLE([Types.BOOLEAN(), Types.STRING()])


class Settle(FlatMapFunction):
    """Raises failures, so that the job restarts from its last checkpoint; counts dead letters."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Begin to count."""
        self._unwritable = letters(runtime_context.get_metrics_group())[Reason.UNWRITABLE]

    def flat_map(self, value: tuple[bool, str]) -> Iterator[str]:
        """One outcome of a write."""
        outcome = Outcome(*value)
        if not outcome.is_letter:
            message = f"write failed: {outcome.text}"
            raise RuntimeError(message)
        self._unwritable.inc()
        yield outcome.text
