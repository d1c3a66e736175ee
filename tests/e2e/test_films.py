"""Another domain is another file: the whole demo with a catalogue of films, and no line of code for it."""

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

from running import port_environ

EVENTS = 1_500


def test_a_catalogue_of_films_runs_end_to_end(tmp_path: Path) -> None:
    """The file is given by its path, under another name than any that is shipped."""
    shipped = resources.files("udfs.catalogues").joinpath("films.toml").read_text(encoding="utf-8")
    file = tmp_path / "cinema.toml"
    file.write_text(shipped.replace('name = "films"', 'name = "cinema"', 1))
    done = _demo(tmp_path, "--once", "--events", str(EVENTS), "--rate", "0", "--catalogue", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "genre" in done.stdout
    summary = done.stdout.strip().splitlines()[-1]
    assert summary.startswith("verified: ")
    assert summary.endswith("0 missing, 0 extra, 0 different; the books balance")


def _demo(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from flink_job.console.main import main; main()", "demo", *options]
    own = {"PENCHANT_STACK_DIRECTORY": str(directory / "stack"), "PENCHANT_CHECKPOINT_INTERVAL_MS": "1000"}
    environ = dict(os.environ) | port_environ() | own
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=500, check=False)
