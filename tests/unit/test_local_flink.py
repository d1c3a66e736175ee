"""The Flink cluster of the stack: its configuration, its jobs' records and their checkpoints."""

import os
from pathlib import Path

import pytest

from flink_job.local import cluster, flink, job
from flink_job.local.parts import parts_of
from flink_job.local.settings import StackSettings


def settings(directory: Path) -> StackSettings:
    return StackSettings(stack_directory=str(directory), cache=str(directory / "cache"))


def checkpoint(directory: Path, life: str, number: int, *, at: float, complete: bool = True) -> Path:
    path = directory / life / f"chk-{number}"
    path.mkdir(parents=True)
    if complete:
        (path / "_metadata").touch()
        os.utime(path / "_metadata", (at, at))
    return path


def test_a_checkpoint_that_is_not_complete_is_not_restored(tmp_path: Path) -> None:
    whole = checkpoint(tmp_path, "first", 4, at=100)
    checkpoint(tmp_path, "first", 5, at=200, complete=False)
    assert flink.latest_checkpoint(tmp_path) == whole


def test_the_newest_checkpoint_counts_of_whichever_life(tmp_path: Path) -> None:
    checkpoint(tmp_path, "first", 90, at=100)
    newer = checkpoint(tmp_path, "second", 91, at=200)
    checkpoint(tmp_path, "third", 9, at=150)
    assert flink.latest_checkpoint(tmp_path) == newer


def test_a_job_without_checkpoints_starts_from_the_beginning(tmp_path: Path) -> None:
    assert flink.latest_checkpoint(tmp_path / "nothing") is None


def test_a_job_is_remembered_until_it_is_forgotten(tmp_path: Path) -> None:
    record = job.Record("penchant", "a" * 32, "program.py", 2, {"PENCHANT_X": "1"})
    job.remember(settings(tmp_path), record)
    assert job.records(settings(tmp_path)) == [record]
    job.forget(settings(tmp_path), "b" * 32)
    assert job.records(settings(tmp_path)) == [record]
    job.forget(settings(tmp_path), "a" * 32)
    assert job.records(settings(tmp_path)) == []


def test_a_later_job_of_the_same_name_replaces_the_earlier(tmp_path: Path) -> None:
    for number in ("a", "b"):
        job.remember(settings(tmp_path), job.Record("penchant", number * 32, "program.py", 2, {}))
    assert [record.job for record in job.records(settings(tmp_path))] == ["b" * 32]


def test_the_configuration_keeps_the_options_without_which_pyflink_does_not_start(tmp_path: Path) -> None:
    options = cluster.configuration(settings(tmp_path))["env.java.opts.all"]
    assert "--add-opens=java.base/java.nio=ALL-UNNAMED" in options


def test_every_path_of_the_cluster_lies_in_the_stacks_directory(tmp_path: Path) -> None:
    inside = [Path(path) for path in cluster.environ(settings(tmp_path)).values() if path]
    assert all(path.is_relative_to(tmp_path) for path in inside)


def test_the_parts_want_different_ports() -> None:
    ports = [port for part in parts_of(StackSettings(stack_directory="/stack")) for port in part.ports.values()]
    assert len(ports) == len(set(ports)) == 7


def test_left_out_parts_are_not_started() -> None:
    names = [part.name for part in parts_of(StackSettings(stack_directory="/stack"), ("flink", "api"))]
    assert names == ["kafka", "cassandra"]


@pytest.mark.parametrize("name", ["HOST", "WEBUIPORT", "JVM_ARGS", "FLINK_ENV_JAVA_OPTS"])
def test_the_cluster_takes_nothing_from_a_shell_that_its_scripts_would_take_for_theirs(
    tmp_path: Path, name: str
) -> None:
    assert ({name: "of the user"} | cluster.environ(settings(tmp_path)))[name] == ""
