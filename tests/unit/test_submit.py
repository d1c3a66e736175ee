"""`penchant submit` starts no second job where one writes; `savepoint take --stop` forgets what cannot go on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flink_job.console.main import main
from flink_job.console.submit import check_alone
from flink_job.local import flink, job
from flink_job.local.settings import StackSettings
from flink_job.local.state import Lock
from flink_job.settings import JobSettings
from udfs.errors import StackError
from udfs.settings import environment

ID = "0" * 32
FIRST, SECOND = JobSettings(), JobSettings(generation=2)


@pytest.fixture
def local(tmp_path: Path) -> StackSettings:
    return StackSettings(stack_directory=str(tmp_path))


@pytest.fixture
def stands(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the cluster say that the one job is in a state."""

    def say(state: str) -> None:
        monkeypatch.setattr(flink, "jobs", lambda _: {ID: state})

    return say


def remember(local: StackSettings, name: str, settings: JobSettings, refused: str = "") -> None:
    job.remember(local, job.Record(name, ID, "program", 2, environment(settings), refused=refused))


def penchant(local: StackSettings, *command: str) -> Result:
    return CliRunner().invoke(main, command, env={"PENCHANT_STACK_DIRECTORY": local.stack_directory})


@pytest.mark.parametrize("state", ["RUNNING", "RESTARTING", "CREATED"])
def test_a_job_that_has_not_ended_is_told_with_the_ways_to_end_it(
    local: StackSettings, stands: Callable[[str], None], state: str
) -> None:
    stands(state)
    remember(local, "penchant", FIRST)
    done = penchant(local, "submit")
    assert done.exit_code == 1
    assert f"job 'penchant' ({ID}) is {state}" in done.stderr
    assert "`penchant savepoint take --stop --job penchant`" in done.stderr


@pytest.mark.parametrize("state", ["FINISHED", "CANCELED", "FAILED", "LOST"])
def test_a_job_that_has_ended_makes_room_for_another(
    local: StackSettings, stands: Callable[[str], None], state: str
) -> None:
    stands(state)
    remember(local, "penchant", FIRST)
    check_alone(local, FIRST)


def test_a_job_of_another_name_is_in_the_way_only_where_it_writes_the_same_generation(
    local: StackSettings, stands: Callable[[str], None]
) -> None:
    stands("RUNNING")
    remember(local, "penchant-2", SECOND)
    check_alone(local, FIRST)
    check_alone(local, JobSettings(generation=2, store_keyspace="another"))
    with pytest.raises(StackError, match="'penchant-2'"):
        check_alone(local, SECOND)


def test_a_job_that_cannot_go_on_is_forgotten_when_it_is_stopped(local: StackSettings) -> None:
    remember(local, "penchant", FIRST, refused="its state may have expired")
    done = penchant(local, "savepoint", "take", "--stop")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "forgotten without a savepoint" in done.stderr
    assert job.records(local) == []


def test_a_lost_job_that_does_not_come_up_again_can_be_forgotten(
    local: StackSettings, stands: Callable[[str], None]
) -> None:
    stands("LOST")
    job.remember(local, job.Record("penchant", "1" * 32, "gone.py", 2, {}, trouble="my.toml: cannot be read"))
    done = penchant(local, "savepoint", "take", "--stop")
    assert (done.exit_code, done.stdout) == (0, "")
    assert job.records(local) == []


def test_a_job_that_the_supervisor_is_starting_again_is_not_started_a_second_time(
    local: StackSettings, stands: Callable[[str], None]
) -> None:
    stands("LOST")
    remember(local, "penchant", FIRST)
    lock = Lock(local.directory)
    assert lock.take()
    with pytest.raises(StackError, match="is being started again"):
        check_alone(local, FIRST)
    lock.release()
    check_alone(local, FIRST)
