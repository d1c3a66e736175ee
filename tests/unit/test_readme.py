"""What the README tells people to type exists: every command with its options, every file it names."""

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from api.parameters import PARAMETERS
from flink_job.console.main import COMMANDS, main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNBOOKS = (ROOT / "k8s" / "observability" / "runbooks.md").read_text(encoding="utf-8")
LINES = [line.partition("#")[0] for line in README.splitlines() if line.startswith("    ")]
SPANS = [span for text in (README, RUNBOOKS) for span in re.findall(r"`([^`\n]+)`", text)]
_TYPED = re.compile(r"(?:^|[\s;])(?:uv run )?penchant ([a-z][^|;&]*)")
TYPED = sorted({found for text in [*LINES, *SPANS] for found in _TYPED.findall(text)})
FOLDERS = ("api", "cql", "flink_job", "k8s", "tests", "udfs")


def subcommand(words: list[str]) -> click.Command:
    """The command that words call, after the groups they name."""
    command: click.Command = main
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None
        command = found
    return command


@pytest.mark.parametrize("typed", TYPED)
def test_a_command_exists_with_the_options_that_are_typed(typed: str) -> None:
    # Brackets mark what may be left out.
    words = shlex.split(re.sub(r"[\[\]]", " ", typed))
    assert words[0] in COMMANDS
    command = subcommand(words) if len(words) > 1 else main
    known = {option for param in command.params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_enough_commands_are_found_to_be_checked() -> None:
    assert len(TYPED) > 30


def test_files_that_the_readme_names_are_there() -> None:
    named = {span for span in SPANS if re.fullmatch(r"[\w.-]+/[\w./-]*", span) and span.split("/")[0] in FOLDERS}
    assert len(named) > 15
    assert sorted(name for name in named if not (ROOT / name.rstrip("/")).exists()) == []


def test_the_readme_lists_every_parameter_of_a_question_as_the_api_describes_it() -> None:
    table = README.partition("| parameter | what it does | for example |\n| --- | --- | --- |\n")[2].partition("\n\n")[
        0
    ]
    wanted = [f"| `{one.name}` | {one.description} | `{one.example}` |" for one in PARAMETERS]
    assert table.splitlines() == wanted, "\n".join(["README.md needs:", *wanted])


def test_pods_that_the_readme_has_people_enter_are_deployed() -> None:
    manifests = [one for file in (ROOT / "k8s").rglob("*.yaml") for one in yaml.safe_load_all(file.read_text())]
    deployed = {one["metadata"]["name"] for one in manifests if one.get("kind") == "Deployment"}
    entered = set(re.findall(r"kubectl exec deploy/([\w-]+)", README))
    assert entered
    assert entered <= deployed


def test_the_console_line_lists_every_command() -> None:
    (line,) = re.findall(r"^`penchant (.+)`; each has `--help`\.$", README, re.MULTILINE)
    assert sorted(line.split(" | ")) == sorted(COMMANDS)
