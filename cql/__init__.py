"""The contract between job and API: tables, statements and rows, and the only place that talks to the store.

migrations/   the tables, as numbered files that `penchant migrate` applies once each
statements/   what is written and read, as files that job and API both load
rows          delta <-> row, pure; job_report: what the job tells of itself
layers        generations over their parents: whose row counts, pure
store         execute; session connects, answer gathers pages, foreign translates errors: the only imports of the driver
post          answers from the driver's thread to the event loop
writer, reader, scan, migrate, shelf, generations, people, keys   the users of the store: job, API and commands
"""

from importlib import resources


def statement(name: str, **parts: str) -> str:
    """The text of `statements/<name>.cql` with `{part}` placeholders filled in."""
    text = resources.files(__name__).joinpath("statements", f"{name}.cql").read_text(encoding="utf-8")
    return text.format(**parts).strip()
