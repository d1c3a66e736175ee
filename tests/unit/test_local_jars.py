"""Jars come whole or not at all, and Maven is needed only once."""

from pathlib import Path

import pytest

from flink_job.local import jars, preflight
from udfs.errors import StackError

COMPONENT = jars.Component("thing", "1.0", ("org.example:thing:1.0",))


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the whole PATH besides the system's own; a test puts its mvn there."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}:/bin:/usr/bin")
    return directory


def write_maven(directory: Path, after: str) -> None:
    script = directory / "mvn"
    find = 'for a in "$@"; do case "$a" in -DoutputDirectory=*) d="${a#-DoutputDirectory=}";; esac; done'
    script.write_text(f'#!/bin/sh\n{find}\nmkdir -p "$d"\necho jar > "$d/thing-1.0.jar"\n{after}\n')
    script.chmod(0o755)


def test_a_download_that_ends_well_is_kept(maven: Path, tmp_path: Path) -> None:
    write_maven(maven, "exit 0")
    directory = jars.fetch(COMPONENT, tmp_path / "jars")
    assert [file.name for file in directory.iterdir()] == ["thing-1.0.jar"]
    assert [file.name for file in (tmp_path / "jars").iterdir()] == ["thing-1.0"]


def test_a_download_that_breaks_off_leaves_nothing_behind(maven: Path, tmp_path: Path) -> None:
    write_maven(maven, "echo '[ERROR] no route to host'; exit 1")
    with pytest.raises(StackError, match=r"thing 1\.0: no route to host"):
        jars.fetch(COMPONENT, tmp_path / "jars")
    assert list((tmp_path / "jars").iterdir()) == []


def test_what_is_in_the_cache_needs_no_maven(maven: Path, tmp_path: Path) -> None:
    write_maven(maven, "exit 0")
    jars.fetch(COMPONENT, tmp_path / "jars")
    write_maven(maven, "exit 1")
    assert jars.fetch(COMPONENT, tmp_path / "jars").name == "thing-1.0"


def test_a_download_that_another_process_has_finished_meanwhile_is_shared(maven: Path, tmp_path: Path) -> None:
    other = tmp_path / "jars" / "thing-1.0"
    write_maven(maven, f"mkdir -p {other}; echo other > {other}/thing-1.0.jar")
    assert (jars.fetch(COMPONENT, tmp_path / "jars") / "thing-1.0.jar").read_text() == "other\n"


def test_a_missing_maven_is_told_only_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="mvn is not on the PATH, but thing must be downloaded once"):
        preflight.check_maven(tmp_path, (COMPONENT,))
    COMPONENT.directory(tmp_path).mkdir()
    preflight.check_maven(tmp_path, (COMPONENT,))
