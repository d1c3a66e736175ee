"""`penchant produce` where it needs no Kafka, and the reading of JSON lines."""

import msgspec
import pytest
from click.testing import CliRunner

from flink_job.console.produce import command
from flink_job.local.traffic import lines
from flink_job.local.traffic.message import Message
from udfs.errors import QueryError, SettingsError


def test_a_line_is_keyed_by_its_user_and_keeps_its_bytes() -> None:
    assert list(lines.messages([b'{"user_id": "u\xc3\xbc", "x": 1}\r\n'])) == [
        Message("uü".encode(), b'{"user_id": "u\xc3\xbc", "x": 1}')
    ]


@pytest.mark.parametrize("line", [b"nonsense", b"[1]", b'{"user_id": 7}', b'{"other": "u"}', b"\xff", b"{" * 5000])
def test_a_line_without_a_user_has_no_key(line: bytes) -> None:
    assert list(lines.messages([line + b"\n"])) == [Message(None, line)]


def test_empty_lines_are_left_out() -> None:
    assert list(lines.messages([b"\n", b"\r\n", b""])) == []


def test_a_taste_can_be_asked_without_producing_anything() -> None:
    done = CliRunner().invoke(command, ["--events", "0", "--taste", "user-00003", "--json"])
    truth = msgspec.json.decode(done.output)["truth"]
    assert done.exit_code == 0
    assert truth["user_id"] == "user-00003"
    assert truth["dimensions"]["make"]["kind"] == "categorical"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--taste", "nobody", "--events", "0"], QueryError),
        (["--history-days", "3"], SettingsError),
        (["--from", "-", "--shown", "shown.jsonl"], SettingsError),
        (["--late", "2"], SettingsError),
    ],
)
def test_what_cannot_be_done_is_said(options: list[str], error: type[Exception]) -> None:
    assert isinstance(CliRunner().invoke(command, options).exception, error)


def test_a_file_that_is_not_there_is_named() -> None:
    done = CliRunner().invoke(command, ["--from", "nope.jsonl"])
    assert done.exit_code == 2
    assert "'--from': File 'nope.jsonl' does not exist." in done.stderr
