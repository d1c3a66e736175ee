"""Jobs that were lost: what may succeed later is tried again, what is refused is told and left alone."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from flink_job.console.main import main
from flink_job.local import flink, job, stack
from flink_job.local.revival import EVERY_S, Revival
from flink_job.local.settings import StackSettings, stack_settings
from flink_job.local.state import Lock, Phase, StackState, write_state
from udfs.errors import CatalogueError, PenchantError, RestoreRefused, SettingsError, StackError, StoreRefused

MEND = "file:/kept: batches may have expired; leave it, compute the affected dates by `penchant reprocess --from DATE`"
LOST = job.Record("penchant", "0" * 32, "program.py", 2, {})


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackSettings:
    """A stack whose JobManager knows no jobs, though one shall run."""
    found = stack_settings({"PENCHANT_STACK_DIRECTORY": str(tmp_path)})
    job.remember(found, LOST)
    monkeypatch.setattr(flink, "jobs", lambda _: {})
    return found


def tries(settings: StackSettings, monkeypatch: pytest.MonkeyPatch, error: PenchantError, looks: int) -> int:
    """How often the job is submitted in so many looks, if that ends with this error each time."""
    tried: list[str] = []

    def resubmit(_: StackSettings, record: job.Record) -> str:
        tried.append(record.name)
        raise error

    monkeypatch.setattr(job, "resubmit", resubmit)
    clock = _ticking()
    revival = Revival(settings, clock=clock)
    for _ in range(looks):
        alone = threading.active_count()
        revival.step(1)
        while threading.active_count() > alone:
            time.sleep(0.01)
    return len(tried)


def _ticking() -> Callable[[], float]:
    ticks: Iterator[int] = iter(range(1_000))
    return lambda: next(ticks) * EVERY_S


def test_a_submission_that_fails_is_tried_again(settings: StackSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tries(settings, monkeypatch, StackError("is Kafka up?"), looks=4) == 4
    assert job.records(settings) == [msgspec.structs.replace(LOST, trouble="is Kafka up?")]


def test_the_status_says_why_a_job_is_not_up_again_yet(
    settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries(settings, monkeypatch, StackError("is Kafka up?"), looks=1)
    lock = Lock(settings.directory)
    assert lock.take()
    write_state(settings.directory, StackState(1, Phase.UP))
    assert stack.status(settings).failure == "job penchant was lost and is tried again: is Kafka up?"
    lock.release()


def test_a_job_that_is_forgotten_while_it_is_tried_stays_forgotten(
    settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resubmit(_: StackSettings, record: job.Record) -> str:
        job.forget(settings, record.job)
        message = "is Kafka up?"
        raise StackError(message)

    monkeypatch.setattr(job, "resubmit", resubmit)
    Revival(settings, clock=lambda: 0.0)._revive([LOST])
    assert job.records(settings) == []


def test_a_checkpoint_that_is_refused_is_tried_once(settings: StackSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tries(settings, monkeypatch, RestoreRefused(MEND), looks=4) == 1
    assert [record.refused for record in job.records(settings)] == [MEND]
    # Nor by the next supervisor.
    assert tries(settings, monkeypatch, RestoreRefused(MEND), looks=4) == 0


def test_the_status_says_which_job_cannot_go_on_and_what_to_do(
    settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries(settings, monkeypatch, RestoreRefused(MEND), looks=1)
    lock = Lock(settings.directory)
    assert lock.take()
    write_state(settings.directory, StackState(1, Phase.UP))
    shown = CliRunner().invoke(main, ["status"], env={"PENCHANT_STACK_DIRECTORY": str(settings.directory)})
    assert f"job penchant cannot go on: {MEND}" in shown.stdout
    assert shown.exit_code == 1
    job.remember(settings, LOST)
    assert stack.status(settings) == StackState(1, Phase.UP)
    lock.release()


@pytest.mark.parametrize("kind", [RestoreRefused, StoreRefused, SettingsError, CatalogueError])
def test_a_refusal_is_told_from_other_failures_of_the_client(kind: type[PenchantError]) -> None:
    name = f"udfs.errors.{kind.__name__}"
    said = f"Traceback\n  File\n{name}: {MEND}\nCaused by: java.lang.RuntimeException: exit code 1"
    assert str(job.failure(said)) == MEND
    assert type(job.failure(said)) is kind


def test_what_is_no_refusal_is_told_with_the_clients_last_words() -> None:
    assert isinstance(job.failure("Caused by: no slots"), StackError)
