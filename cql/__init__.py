"""The contract between job and API: tables, statements and rows, and the only place that talks to the store.

migrations/  the tables, as numbered files that migrate applies once each
statements/  what is written and read, as files that job and API both load
rows         delta <-> row, pure
layers       generations over their parents: whose row counts, pure
settings     what every process that talks to the store is told
store        execute; session connects, answer gathers pages, foreign translates errors: the only imports of the driver
hedge        asking another replica while one hangs
post         answers from the driver's thread to the event loop

Users of the store, for job, API and commands: writer and job_report, reader, scan, generations, people, keys, migrate,
shelf (versions of priors), inspection (the store from outside).
"""

from importlib import resources


def statement(name: str, **parts: str) -> str:
    """The text of `statements/<name>.cql` with `{part}` placeholders filled in."""
    text = resources.files(__name__).joinpath("statements", f"{name}.cql").read_text(encoding="utf-8")
    return text.format(**parts).strip()
