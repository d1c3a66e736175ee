"""The job on a real cluster: what the log says stands in the store, and nothing else."""

import msgspec
import pytest
from running import DISORDER, assert_exact, own_job, prepare, produce, running, traffic

from flink_job.local.settings import StackSettings
from flink_job.verify.report import Report
from udfs.catalogues.catalogue import load

CARS = load("cars")
EVENTS = 2_000


@pytest.fixture(scope="module")
def report(local: StackSettings) -> Report:
    """The outcome for a backlog and as much again while the job runs; exact by verify and by the recount."""
    settings = own_job(local, "pipeline")
    prepare(local, settings, CARS)
    messages = traffic(CARS, msgspec.structs.replace(DISORDER, users=300), EVENTS)
    produce(settings, (next(messages) for _ in range(EVENTS // 2)))
    with running(local, settings):
        produce(settings, messages, rate=400)
        return assert_exact(settings, CARS)


def test_the_store_holds_what_the_log_says_cell_by_cell(report: Report) -> None:
    cells = report.cells
    assert cells.compared > EVENTS
    assert (cells.missing, cells.extra, cells.different, cells.expiring) == (0, 0, 0, 0)


def test_the_books_balance_with_repeats_and_rejects_in_them(report: Report) -> None:
    books = report.books
    assert books.produced == EVENTS == books.counted + books.duplicate + books.rejected
    assert min(books.counted, books.duplicate, books.rejected) > 20


def test_each_of_the_eight_malformed_kinds_has_its_dead_letters(report: Report) -> None:
    assert len(report.reasons) == 8
    assert sum(report.reasons.values()) == report.books.rejected
    assert report.letters_wrong == 0
