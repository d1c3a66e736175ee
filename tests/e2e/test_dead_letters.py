"""Dead letters by the console: listed once each, shown whole, and replayed as often as one likes, counted once."""

import json
import time
from importlib import resources
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from records import ago, event, message
from running import assert_exact, own_job, prepare, produce, rows, running
from trial import CARS

from flink_job.console.main import main
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.settings import environment
from udfs.statistics.fold import MAX_EVENTS

BEYOND, REPEATS = 3, 2
EXPIRED_S = 6.0


def test_capped_events_that_are_replayed_twice_count_once(local: StackSettings) -> None:
    settings = own_job(local, "replayed")
    prepare(local, settings, CARS)
    when = ago(minutes=1)
    crawled = [message(event("crawler", number, occurred_at=when)) for number in range(MAX_EVENTS + BEYOND)]
    with running(local, settings):
        produce(settings, crawled + crawled[:REPEATS])
        assert_exact(settings, CARS)
        listed = _dlq(settings, "list", "--json", "--reason", "capped").stdout.splitlines()
        letters = [json.loads(line) for line in listed]
        assert len(letters) == BEYOND + REPEATS
        name = f"{letters[0]['partition']}:{letters[0]['offset']}"
        assert '"user_id": "crawler"' in _dlq(settings, "show", name).stdout
        for _ in range(2):
            told = _dlq(settings, "replay", "--reason", "capped").stdout
            assert f"{BEYOND} records sent again" in told
            assert f"{REPEATS} letters are not sent: repeats of events that count" in told
        report = assert_exact(settings, CARS)
        assert (report.books.counted, report.books.duplicate) == (MAX_EVENTS + BEYOND, BEYOND)
        events = [(row.key.batch.is_replayed, row.events) for row in rows(settings, CARS)]
        assert sorted(events) == [(False, MAX_EVENTS), *[(True, 1)] * BEYOND], "each letter has a row of its own"


@pytest.mark.slow
def test_a_letter_replayed_again_when_its_state_has_expired_counts_once(local: StackSettings) -> None:
    """The state of this build lives for seconds, as that of the job lives for hours."""
    settings, when = own_job(local, "replayed_later"), ago(minutes=1)
    prepare(local, settings, CARS)
    with running(local, settings, build="forgetful"):
        produce(settings, [message(event("crawler", n, occurred_at=when)) for n in range(MAX_EVENTS + BEYOND)])
        assert_exact(settings, CARS)
        for _ in range(2):
            _dlq(settings, "replay", "--reason", "capped")
            report = assert_exact(settings, CARS)
            # Time passes: state of the replay expires in it.
            time.sleep(EXPIRED_S)
        assert (report.books.counted, report.books.duplicate) == (MAX_EVENTS + BEYOND, BEYOND)


@pytest.mark.slow
def test_a_mended_record_and_its_replay_count_once_in_a_generation_computed_anew(
    local: StackSettings, tmp_path: Path
) -> None:
    shipped = resources.files("udfs.catalogues").joinpath("cars.toml").read_text()
    (tmp_path / "lacking.toml").write_text(shipped.replace('[[type]]\nname = "contact"\nweight = 1.0\n', ""))
    first = own_job(local, "lacking", catalogue=str(tmp_path / "lacking.toml"))
    prepare(local, first, load(first.catalogue))
    with running(local, first):
        produce(first, [message(event("ann", number, type=kind)) for number, kind in enumerate(("view", "contact"))])
        assert assert_exact(first, load(first.catalogue)).reasons == {"unknown_type": 1}
    # The catalogue is mended, and the letter replayed into the generation that has refused it.
    mended = msgspec.structs.replace(first, catalogue="cars")
    assert "1 records sent again" in _dlq(mended, "replay", "--reason", "unknown_type").stdout
    anew = msgspec.structs.replace(mended, generation=2, rejected_topic="lacking.rejected.2")
    prepare(local, anew, CARS)
    with running(local, anew):
        report = assert_exact(anew, CARS)
    assert (report.books.counted, report.reasons) == (2, {"other_generation": 1})
    # Once answers rest on the second generation, the letter of the first must not count the record again.
    told = _dlq(
        msgspec.structs.replace(anew, rejected_topic=first.rejected_topic), "replay", "--reason", "unknown_type"
    )
    assert "0 records sent again" in told.stdout
    assert "1 letters are not sent: not known to be refused by generation 2" in told.stdout


def test_a_letter_that_is_not_there_and_a_replay_of_nothing_named_are_told(local: StackSettings) -> None:
    settings = own_job(local, "no_letters")
    prepare(local, settings, CARS)
    assert "there is no dead letter 0:17" in _dlq(settings, "show", "0:17").stderr
    assert "give a --reason" in _dlq(settings, "replay").stderr


def _dlq(settings: JobSettings, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["dlq", *arguments], env=environment(settings))
