"""The job on a real cluster: what the log says stands in the store, and nothing else."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest
from running import DISORDER, assert_exact, own_job, prepare, produce, running, traffic, until

from cql.job_report import JobReport, Rejected
from cql.reader import Reader
from cql.store import Store
from flink_job.local.settings import StackSettings
from flink_job.reporting import LetterCount
from flink_job.settings import JobSettings
from flink_job.verify.report import Report
from udfs.catalogues.catalogue import load

CARS = load("cars")
EVENTS = 2_000


@pytest.fixture(scope="module")
def settings(local: StackSettings) -> JobSettings:
    return own_job(local, "pipeline")


@pytest.fixture(scope="module")
def report(local: StackSettings, settings: JobSettings) -> Iterator[Report]:
    """The outcome for a backlog and as much again while the job runs; exact by verify and by the recount."""
    prepare(local, settings, CARS)
    messages = traffic(CARS, msgspec.structs.replace(DISORDER, users=300), EVENTS)
    produce(settings, (next(messages) for _ in range(EVENTS // 2)))
    with running(local, settings):
        produce(settings, messages, rate=400)
        yield assert_exact(settings, CARS)


def told(settings: JobSettings) -> JobReport | None:
    """What the job has told of itself."""
    store = Store.open(settings)
    try:
        return asyncio.run(Reader(store).job_report(settings.generation))
    finally:
        store.close()


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


def test_the_job_tells_how_far_it_has_come_and_what_it_refused_and_why(settings: JobSettings, report: Report) -> None:
    until(lambda: (found := told(settings)) is not None and found.rejected.by_reason == report.reasons)
    found = told(settings)
    assert found is not None
    assert (sum(one.next_offset for one in found.positions), {one.lag for one in found.positions}) == (EVENTS, {0})


def test_a_job_that_starts_again_counts_each_dead_letter_once(settings: JobSettings, report: Report) -> None:
    fresh = LetterCount(settings, Rejected())
    until(lambda: fresh.read().by_reason == report.reasons)
    again = LetterCount(settings, fresh.read())
    assert [again.read().by_reason for _ in range(10)] == [report.reasons] * 10
    fresh.close()
    again.close()
