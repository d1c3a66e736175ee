"""The README's table of settings is the one that the code has."""

from pathlib import Path

import msgspec

from api.settings import ApiSettings
from cql.settings import StoreSettings
from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.settings import Setting, table

README = Path(__file__).parents[2] / "README.md"
SHARED = table(StoreSettings)


def test_the_readme_lists_every_setting_as_it_is() -> None:
    lines = set(README.read_text(encoding="utf-8").splitlines())
    missing = [row for row in expected() if row not in lines]
    assert not missing, "\n".join(["README.md needs this table:", "", *expected()])


def test_the_readme_lists_no_setting_that_is_gone() -> None:
    listed = {line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `PENCHANT_")}
    assert listed <= set(expected())


def test_every_setting_is_described() -> None:
    rows = [row for kind in (JobSettings, ApiSettings, StackSettings) for row in table(kind)]
    assert [row.variable for row in rows if not row.description] == []


def expected() -> list[str]:
    """The lines of the table."""
    readers: list[tuple[str, list[Setting]]] = [
        ("job and API", SHARED),
        ("job", _own(JobSettings)),
        ("API", _own(ApiSettings)),
        ("local stack", table(StackSettings)),
    ]
    head = ["| variable | default | read by | what it is |", "| --- | --- | --- | --- |"]
    return head + [_line(reader, row) for reader, rows in readers for row in rows]


def _own(kind: type[msgspec.Struct]) -> list[Setting]:
    return [row for row in table(kind) if row not in SHARED]


def _line(reader: str, row: Setting) -> str:
    default = f"`{row.default}`" if row.default else ""
    return f"| `{row.variable}` | {default} | {reader} | {row.description.replace('|', chr(92) + '|')} |"
