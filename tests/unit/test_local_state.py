"""A dead supervisor is recognised, however it died."""

import subprocess
import sys
from pathlib import Path

from flink_job.local import stack
from flink_job.local.settings import StackSettings
from flink_job.local.state import Lock, Phase, StackState, holder, read_state, write_state

HOLD = "import sys, time; from pathlib import Path; from flink_job.local.state import Lock; "
HOLD += "lock = Lock(Path(sys.argv[1])); lock.take(); print('held', flush=True); time.sleep(600)"


def settings(directory: Path) -> StackSettings:
    return StackSettings(stack_directory=str(directory), cache=str(directory))


def test_a_state_reads_as_it_was_written(tmp_path: Path) -> None:
    write_state(tmp_path, StackState(7, Phase.DEGRADED, failure="why"))
    assert read_state(tmp_path) == StackState(7, Phase.DEGRADED, failure="why")


def test_only_one_process_holds_the_lock_and_its_death_frees_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert holder(tmp_path) == other.pid
        lock = Lock(tmp_path)
        assert not lock.take()
        other.kill()
        other.wait()
        assert holder(tmp_path) is None
        assert lock.take()
        lock.release()


def test_a_state_whose_supervisor_is_dead_is_not_believed(tmp_path: Path) -> None:
    write_state(tmp_path, StackState(7, Phase.UP))
    assert stack.status(settings(tmp_path)).phase is Phase.STOPPED


def test_taking_down_what_is_not_up_is_no_error(tmp_path: Path) -> None:
    assert stack.down(settings(tmp_path)) == 0


def test_a_directory_that_is_no_stack_is_never_wiped(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("mine")
    stack.down(settings(tmp_path), wipe=True)
    assert (tmp_path / "letters").exists()
