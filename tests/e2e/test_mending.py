"""The README's "A bug was found: what to do", command by command; the stack of tests stands in for `penchant up`."""

import re
from pathlib import Path

import msgspec
import pytest
from again import penchant
from asking import api, ask
from running import DISORDER, assert_exact, own_job, prepare, produce, traffic, until, verified
from trial import CARS

from flink_job.local import job
from flink_job.local.canary import Place
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.settings import environment

README = Path(__file__).parents[2] / "README.md"
OTHER_BUILD = Path(__file__).parent / "build.py"
EVENTS = 600


def commands() -> list[str]:
    """What the how-to has its reader type, in its order."""
    text = README.read_text(encoding="utf-8").partition("**A bug was found: what to do.**")[2]
    return re.findall(r"`penchant ([^`]+)`", text.partition("A job that was capped")[0])


@pytest.mark.slow
def test_what_to_do_when_a_bug_was_found_ends_with_a_verified_store(local: StackSettings) -> None:
    settings = own_job(local, "found")

    def typed(command: str) -> str:
        return penchant(local, settings, *command.split())

    again, listed, from_log, compare, switch, back, end, check = commands()
    prepare(local, settings, CARS)
    typed("submit --parallelism 1")
    produce(settings, traffic(CARS, DISORDER, EVENTS))
    assert_exact(settings, CARS)
    typed(end)
    release(local, settings, newest(typed(listed)))
    produce(settings, traffic(CARS, msgspec.structs.replace(DISORDER, run="since"), EVENTS))
    assert not verified(settings, CARS).cells.agree

    assert "has caught up" in typed(again.replace("PATH", str(newest(typed(listed)))))
    assert re.search(r"[1-9]\d* users differ", typed(compare))
    with api(settings, PENCHANT_STORE_TIMEOUT_MS="10000") as place:
        for command, generation in ((switch, 2), (back, 1), (switch, 2)):
            typed(command)
            until(lambda generation=generation: served(place) == generation)  # type: ignore[misc]
    typed(end)
    assert re.search(r"^verified: .+ the books balance$", typed(check), re.MULTILINE)
    [left] = job.records(local)
    job.cancel(local, left.job)
    assert from_log == "reprocess --from DATE", "which test_reprocess.py does"


def release(local: StackSettings, settings: JobSettings, savepoint: Path) -> None:
    """A build with a bug goes on from the savepoint."""
    environ = environment(settings) | {"BUILD": "repeating"}
    job.submit(local, environ, parallelism=1, savepoint=savepoint, program=OTHER_BUILD)


def newest(listed: str) -> Path:
    """The last savepoint of a list."""
    return Path(re.findall(r"^(\S+)  taken", listed, re.MULTILINE)[-1])


def served(place: Place) -> int:
    """The generation that a profile rests on now."""
    return int(msgspec.json.decode(ask(place.question("user-00000")).body)["generation"])
