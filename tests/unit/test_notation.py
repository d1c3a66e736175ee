"""How Flink reads texts and paths."""

from pathlib import Path

import pytest

from flink_job.notation import literal, path, uri


def test_a_quote_in_a_text_does_not_end_it() -> None:
    assert literal("Ann's") == "'Ann''s'"


@pytest.mark.parametrize("name", ["/Ann's cars/größer", "/100%20/a#b?c", "/a:b//c"])
def test_a_path_comes_back_from_its_uri_as_it_was(name: str) -> None:
    assert uri(Path(name)) == f"file://{Path(name)}"
    assert path(uri(Path(name))) == Path(name)


def test_a_plain_path_and_either_form_of_a_uri_are_understood_and_another_file_system_is_not() -> None:
    assert path("/a/b") == path("file:/a/b") == path("file:///a/b") == Path("/a/b")
    assert path("s3://bucket/b") is None
