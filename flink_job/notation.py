"""How Flink writes a text in SQL and a path as a URI.

In: any text, such as a password, and any path. Out: what Flink reads back as it was; and the path in a URI of Flink's.
"""

from pathlib import Path

_HERE = "file"


def literal(text: str) -> str:
    """SQL for a text."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def uri(place: Path) -> str:
    """The URI of a path; Flink takes its characters as they are, so that `%20` would not be a space."""
    return f"{_HERE}://{place.absolute()}"


def path(told: str) -> Path | None:
    """The path that a URI of this file system, or a plain path, names; None for a URI of another one."""
    scheme, colon, rest = told.partition(":")
    if not colon or "/" in scheme:
        return Path(told)
    return Path(rest.removeprefix("//")) if scheme == _HERE else None
