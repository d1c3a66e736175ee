"""How Flink reads texts and paths."""

from pathlib import Path

from flink_job.notation import literal, uri


def test_a_quote_in_a_text_does_not_end_it() -> None:
    assert literal("Ann's") == "'Ann''s'"


def test_the_characters_of_a_path_are_left_as_they_are() -> None:
    assert uri(Path("/Ann's cars/größer")) == "file:///Ann's cars/größer"
