"""What a user is told before a stack starts on a machine that does not fit."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from flink_job.local import preflight
from flink_job.local.settings import StackSettings
from flink_job.local.state import Lock
from udfs.errors import StackError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def java_saying(directory: Path, version: str) -> str:
    java = directory / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    return str(java)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_412"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("no version here", None),
    ],
)
def test_the_feature_version_is_read_from_what_java_says(said: str, version: int | None) -> None:
    assert preflight.java_version(said) == version


def test_a_taken_port_is_named_with_its_owner_and_its_setting(taken: int) -> None:
    with pytest.raises(StackError, match=rf"port {taken} is taken by pid \d+ .*set PENCHANT_KAFKA_PORT"):
        preflight.check_ports({"PENCHANT_KAFKA_PORT": taken})


def test_all_taken_ports_are_told_at_once(taken: int) -> None:
    with pytest.raises(StackError) as told:
        preflight.check_ports({"PENCHANT_KAFKA_PORT": taken, "PENCHANT_API_PORT": taken})
    assert "PENCHANT_KAFKA_PORT and PENCHANT_API_PORT are both" in str(told.value)
    assert str(told.value).count("is taken by") == 2


@pytest.mark.parametrize("version", ["1.8.0_412", "11.0.2", "24.0.1"])
def test_a_java_on_which_some_part_does_not_run_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(StackError, match="install JDK 17 and set JAVA_HOME"):
        preflight.check_java(java_saying(tmp_path, version))


@pytest.mark.parametrize("version", ["17.0.15", "21.0.2"])
def test_a_java_on_which_all_parts_run_is_taken(tmp_path: Path, version: str) -> None:
    preflight.check_java(java_saying(tmp_path, version))


def test_a_missing_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"nojava cannot be run: .*install JDK 17 or set JAVA_HOME"):
        preflight.check_java(str(tmp_path / "nojava"))


def test_a_path_with_a_space_is_told_with_its_mend() -> None:
    preflight.check_paths({"move it": Path("/home/ann/stack")})
    with pytest.raises(StackError, match=r"/home/ann cars/stack has a space .* move it"):
        preflight.check_paths({"move it": Path("/home/ann cars/stack")})


def test_a_stack_does_not_start_in_a_directory_with_a_space(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="set PENCHANT_STACK_DIRECTORY"):
        preflight.check(StackSettings(stack_directory=str(tmp_path / "my stack")))


def test_a_directory_with_somebody_elses_files_is_never_taken_as_its_end_would_delete_them(tmp_path: Path) -> None:
    for empty in (tmp_path / "new", tmp_path):
        preflight.check_directory(empty)
    (tmp_path / "letters").mkdir()
    with pytest.raises(StackError, match=r"holds other files \(letters\); set PENCHANT_STACK_DIRECTORY"):
        preflight.check_directory(tmp_path)
    Lock(tmp_path).release()
    preflight.check_directory(tmp_path)
