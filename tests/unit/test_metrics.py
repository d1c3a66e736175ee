"""What the job counts: letters by reason, and writes with what is new in them."""

import msgspec
import pytest
from metered import Metered
from pyflink.common import Row

from cql.rows import BatchKey
from flink_job.letters import WriteLetter
from flink_job.metrics import WRITE_COUNTS, WriteCounts
from flink_job.settle import Settle
from udfs.catalogues.catalogue import load
from udfs.errors import Reason
from udfs.events.batch import LATE, Batch
from udfs.events.payload import together
from udfs.statistics.fold import Fold

FOLD = Fold(load("cars")).fold
HOUR, LATE_HOUR = Batch(20_000, 9), Batch(20_000, LATE + 30)
NOTHING = dict.fromkeys(WRITE_COUNTS, 0)


@pytest.fixture
def metered() -> Metered:
    return Metered()


@pytest.fixture
def counts(metered: Metered) -> WriteCounts:
    return WriteCounts(metered)


def wrote(counts: WriteCounts, user_id: str, batch: Batch, *payloads: str) -> None:
    joined = together(payloads)
    counts.wrote(BatchKey(user_id, batch), joined, FOLD(joined))


def payload(event_id: str, make: str = "vw") -> str:
    return msgspec.json.encode([event_id, "car", 0, 7, make]).decode()


def test_a_batch_that_is_written_again_counts_only_what_is_new(metered: Metered, counts: WriteCounts) -> None:
    wrote(counts, "ann", HOUR, payload("a"))
    wrote(counts, "ann", HOUR, payload("a"), payload("b"), payload("b"))
    assert metered.read() == NOTHING | {"writes": 2, "folded": 3, "duplicates": 1}


def test_contents_that_share_an_event_id_are_a_conflict(metered: Metered, counts: WriteCounts) -> None:
    wrote(counts, "ann", HOUR, payload("a"), payload("a", make="bmw"))
    assert metered.read() == NOTHING | {"writes": 1, "folded": 2, "conflicts": 1}


def test_records_of_late_batches_are_late(metered: Metered, counts: WriteCounts) -> None:
    wrote(counts, "ann", LATE_HOUR, payload("a"), payload("b"))
    wrote(counts, "bob", HOUR, payload("c"))
    assert metered.read() == NOTHING | {"writes": 2, "folded": 3, "late": 2}


def test_a_batch_that_a_restored_job_has_shorter_takes_nothing_away(metered: Metered, counts: WriteCounts) -> None:
    wrote(counts, "ann", HOUR, payload("a"), payload("b"))
    wrote(counts, "ann", HOUR, payload("a"))
    assert metered.read() == NOTHING | {"writes": 2, "folded": 2}


def test_a_row_past_its_retention_is_left_out_and_counted(metered: Metered, counts: WriteCounts) -> None:
    counts.left_out()
    assert metered.read() == NOTHING | {"left_out": 1}


def test_each_try_that_found_no_store_is_a_retry(metered: Metered, counts: WriteCounts) -> None:
    counts.tried_again()
    assert metered.read() == NOTHING | {"retries": 1}


def test_a_write_that_has_ended_in_an_error_fails_the_job_before_a_checkpoint_passes_it(metered: Metered) -> None:
    step = Settle()
    step.open(metered)
    with pytest.raises(RuntimeError, match="write failed: KeyError: 'x'"):
        list(step.flat_map((False, "KeyError: 'x'")))


def test_every_letter_is_counted_under_its_reason(metered: Metered) -> None:
    step = WriteLetter(1)
    step.open(metered)
    for reason in (Reason.CAPPED, Reason.NO_KEY, Reason.CAPPED):
        step.map(Row(reason.value, "", 0, 0, 0, b"ann", b"{}", None))
    assert metered.counts == {"capped": 2, "no_key": 1}


def test_a_batch_that_the_store_refuses_is_counted_as_unwritable(metered: Metered) -> None:
    step = Settle()
    step.open(metered)
    assert list(step.flat_map((True, "letter"))) == ["letter"]
    assert metered.counts == {"unwritable": 1}
