"""The console says our own errors in one line and starts quickly."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flink_job.console.demo import command, own_stack
from flink_job.console.environ import handed_on
from flink_job.console.main import main
from flink_job.local import stack
from flink_job.local.settings import StackSettings
from flink_job.local.state import Lock
from udfs.errors import StackError


def test_an_error_of_ours_is_one_clear_line_and_code_1(tmp_path: Path) -> None:
    environ = {"PENCHANT_KAFKA_PORT": "many", "PENCHANT_STACK_DIRECTORY": str(tmp_path)}
    result = CliRunner().invoke(main, ["status"], env=environ)
    assert result.exit_code == 1
    assert result.stderr.startswith("penchant: settings: PENCHANT_KAFKA_PORT='many'")
    assert result.stderr.count("\n") == 1


def test_the_status_of_a_stack_that_is_not_up_is_code_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["status", "--json"], env={"PENCHANT_STACK_DIRECTORY": str(tmp_path)})
    assert result.exit_code == 1
    assert '"phase": "stopped"' in result.stdout


def test_an_unknown_part_cannot_be_left_out(tmp_path: Path) -> None:
    environ = {"PENCHANT_STACK_DIRECTORY": str(tmp_path)}
    result = CliRunner().invoke(main, ["up", "--without", "zookeeper"], env=environ)
    assert result.exit_code == 1
    assert "parts are kafka, cassandra, flink, api" in result.stderr


def test_the_demo_never_takes_the_directory_of_another_stack(tmp_path: Path) -> None:
    """It wipes its own."""
    named = {"PENCHANT_STACK_DIRECTORY": str(tmp_path / "stack"), "PENCHANT_CACHE": str(tmp_path)}
    assert own_stack(named).directory == tmp_path / "stack-demo"
    assert own_stack({"PENCHANT_CACHE": str(tmp_path)}).directory == tmp_path / "demo"


def test_the_demo_takes_the_catalogue_of_the_settings_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_CATALOGUE", "films")
    option = next(one for one in command.params if one.name == "catalogue")
    taken = [option.consume_value(click.Context(command), given)[0] for given in ({}, {"catalogue": "cars"})]
    assert taken == ["films", "cars"]


def test_numbers_of_users_that_are_none_are_told() -> None:
    result = CliRunner().invoke(main, ["bench", "growth", "--users", "10,abc"])
    assert result.exit_code == 2
    assert "'--users': 'abc' is not a valid integer" in result.stderr


def test_help_imports_no_part_of_the_stack() -> None:
    program = "import sys; from flink_job.console.main import main; main(['--help'], standalone_mode=False); "
    program += (
        "sys.exit(any(name.split('.')[0] in ('pyflink', 'confluent_kafka', 'cassandra') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


def test_an_error_of_files_is_one_clear_line_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "up", lambda *_, **__: Path("/proc/nowhere/here").mkdir())
    result = CliRunner().invoke(main, ["up"], env={"PENCHANT_STACK_DIRECTORY": str(tmp_path)})
    assert result.exit_code == 1
    assert result.stderr.startswith("penchant: [Errno 2] No such file or directory: '/proc/nowhere")
    assert result.stderr.count("\n") == 1


def test_a_passing_stack_takes_no_directory_where_another_one_lives(tmp_path: Path) -> None:
    """It would wipe it."""
    (tmp_path / "letters").write_text("kept")
    lock = Lock(tmp_path)
    assert lock.take()
    with pytest.raises(StackError, match="a stack runs in"):
        stack.vacate(StackSettings(stack_directory=str(tmp_path)))
    lock.release()
    assert (tmp_path / "letters").read_text() == "kept"


def test_a_link_to_a_stacks_directory_is_wiped_by_what_it_leads_to(tmp_path: Path) -> None:
    real = tmp_path / "real"
    Lock(real).release()
    (tmp_path / "link").symlink_to(real)
    linked = StackSettings(stack_directory=str(tmp_path / "link"))
    stack.down(linked, wipe=True)
    assert not real.exists()
    linked.logs.mkdir(parents=True)


def test_processes_that_run_elsewhere_find_the_catalogue_and_reach_this_machine_without_a_proxy() -> None:
    found = handed_on({"PENCHANT_CATALOGUE": "my.toml", "PENCHANT_PRESETS": "p.toml", "NO_PROXY": "corp"})
    assert found == {
        "PENCHANT_CATALOGUE": str(Path.cwd() / "my.toml"),
        "PENCHANT_PRESETS": str(Path.cwd() / "p.toml"),
        "no_proxy": "corp,127.0.0.1,localhost",
        "NO_PROXY": "corp,127.0.0.1,localhost",
    }
    assert handed_on(found) == found
    assert "PENCHANT_CATALOGUE" not in handed_on({"PENCHANT_CATALOGUE": "films"})
    assert handed_on({"no_proxy": "*"})["no_proxy"] == "*"
