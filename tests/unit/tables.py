"""A store in memory as commands read it: rows of whole tables, generations, and the versions of their dimensions."""

import re
from collections.abc import Iterator
from typing import Any

from cassandra.util import Date

from cql import statement
from cql.answer import Row
from cql.layers import Generation
from cql.rows import StoredRow
from cql.store import Prepared, Store, Values
from flink_job.verify.recount import Recount, folded
from udfs.catalogues.catalogue import Catalogue
from udfs.events.batch import instant


class HeldTables(Store):
    """`rows` are of a generation each; `versions` of dimensions by generation."""

    def __init__(self, *made: Generation) -> None:
        self.made = made
        self.rows: list[tuple[int, StoredRow]] = []
        self.versions: dict[int, dict[str, str]] = {}

    def write(self, generation: int, catalogue: Catalogue, counted: Recount) -> None:
        """Hold what a job with this catalogue has counted."""
        self.versions[generation] = {one.name: catalogue.version(one) for one in catalogue.dimensions}
        self.rows += ((generation, row) for row in folded(counted, catalogue))

    def close(self) -> None:
        pass

    def prepare(self, text: str) -> Prepared:
        return text

    def ask(self, name: str, *values: Any) -> list[Row]:
        if name == "read_dimensions":
            return list(self.versions.get(values[0], {}).items())
        return {
            "read_generations": [_generation(one) for one in self.made],
            "list_generations": [(number,) for number in self.versions],
        }[name]

    def scan(self, statement_: Prepared | str, values: Values = ()) -> Iterator[Row]:
        if statement_ == statement("scan_exclusions"):
            return
        names = re.findall(r"\bd_(\w+)", statement_)
        for generation, row in self.rows:
            place = (row.key.user_id, generation, Date(row.key.batch.date), row.key.batch.number)
            counts = (row.version, row.events, row.items) if names else ()
            yield (*place, *counts, *map(row.cells.get, names))


def _generation(one: Generation) -> Row:
    since = None if one.since_ms is None else instant(one.since_ms)
    alone_from = None if one.alone_from is None else Date(one.alone_from)
    return (one.number, one.parent, alone_from, since, one.state, one.origin, one.made_at)
