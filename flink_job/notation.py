"""How Flink writes a text in SQL and a path as a URI.

In: any text, such as a password, and any path. Out: what Flink reads back as it was.
"""

from pathlib import Path


def literal(text: str) -> str:
    """SQL for a text."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def uri(path: Path) -> str:
    """The URI of a path; Flink takes its characters as they are, so that `%20` would not be a space."""
    return f"file://{path.absolute()}"
