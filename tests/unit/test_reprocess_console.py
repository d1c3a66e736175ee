"""`penchant reprocess` wants to know from where, and says so."""

import pytest
from click.testing import CliRunner

from flink_job.console.main import main


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["--from", "2026-11-01", "--from-savepoint", "here"],
        ["--from-archive", "here", "--from", "2026-11-01"],
        ["--to", "2026-11-01"],
    ],
)
def test_an_order_that_does_not_say_from_where_is_told_its_three_forms(given: list[str]) -> None:
    result = CliRunner().invoke(main, ["reprocess", *given])
    assert result.exit_code == 1
    assert "--from DATE, or --from-savepoint PATH, or --from-archive DIR --from DATE --to DATE" in result.stderr
