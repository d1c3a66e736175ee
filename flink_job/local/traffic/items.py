"""The items on offer: ids, attributes and their JSON, for any catalogue.

In: a catalogue, and the file `<catalogue name>.csv.gz` beside this module if there is one: a column `id`, further
columns named by a dimension's path, empty where an attribute is missing. `cars.csv.gz` holds used-car ads of March and
April 2016 from a public-domain crawl of a German classifieds site; its region is the first digit of the postal code.
Out: `Items`. What the file lacks is drawn from the dimension's `sample` and fixed by the item's id; without a file
whole items are drawn.
"""

import csv
import gzip
import hashlib
import io
from bisect import bisect_right
from functools import cached_property
from importlib import resources
from itertools import accumulate
from statistics import NormalDist
from typing import TypeAlias

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension, Sample

DRAWN_ITEMS = 5_000
_NORMAL = NormalDist()

Attribute: TypeAlias = str | int | float | None
Table: TypeAlias = dict[str, list[str]]


class Items(msgspec.Struct, frozen=True, dict=True):
    """All items in a fixed order. `columns`: per dimension name one attribute per item, None where it is missing."""

    catalogue: Catalogue
    ids: list[str]
    columns: dict[str, list[Attribute]]

    @cached_property
    def attributes(self) -> list[dict[str, object]]:
        """Each item as an event carries it: its id and the attributes it has, nested by path."""
        found: list[dict[str, object]] = [{"id": name} for name in self.ids]
        for name, column in self.columns.items():
            path = self.catalogue.by_name[name].path
            for item, value in zip(found, column, strict=True):
                if value is not None:
                    place(item, path, value)
        return found

    @cached_property
    def rendered(self) -> list[msgspec.Raw]:
        """The JSON of each item, made once because the same items appear in many events."""
        encode = msgspec.json.Encoder().encode
        return [msgspec.Raw(encode(item)) for item in self.attributes]

    @cached_property
    def positions(self) -> dict[str, int]:
        """The place of an item by its id."""
        return {name: position for position, name in enumerate(self.ids)}


def load(catalogue: Catalogue, drawn: int = DRAWN_ITEMS) -> Items:
    """The items of a catalogue: the shipped ones if there are any, else `drawn` items from the catalogue's samples."""
    table = _shipped(catalogue.name) or {"id": [f"{catalogue.item}-{number:05d}" for number in range(drawn)]}
    columns = {name: _column(dimension, table) for name, dimension in catalogue.by_name.items()}
    return Items(catalogue, table["id"], columns)


def place(item: dict[str, object], path: str, value: object) -> None:
    """Set the attribute of `item` at a dotted path."""
    *steps, last = path.split(".")
    target = item
    for step in steps:
        inner = target.setdefault(step, {})
        assert isinstance(inner, dict)
        target = inner
    target[last] = value


def _shipped(name: str) -> Table | None:
    file = resources.files(__package__).joinpath(f"{name}.csv.gz")
    if not file.is_file():
        return None
    header, *rows = csv.reader(io.StringIO(gzip.decompress(file.read_bytes()).decode()))
    return {column: list(values) for column, values in zip(header, zip(*rows, strict=True), strict=True)}


def _column(dimension: Dimension, table: Table) -> list[Attribute]:
    if dimension.path in table:
        return [_parsed(dimension, text) for text in table[dimension.path]]
    if dimension.sample is None:
        return [None] * len(table["id"])
    quantiles = [_quantile(name, dimension.path) for name in table["id"]]
    if dimension.kind == "categorical":
        return _categories(dimension.sample, quantiles)
    return [_number(dimension, dimension.sample, quantile) for quantile in quantiles]


def _parsed(dimension: Dimension, text: str) -> Attribute:
    if not text:
        return None
    return text if dimension.kind == "categorical" else _plain(float(text))


def _quantile(item: str, path: str) -> float:
    # Every value has a hash of its own, so a new dimension changes no attribute that was there before.
    digest = hashlib.blake2b(f"{item}\0{path}".encode(), digest_size=6).digest()
    return (int.from_bytes(digest) + 0.5) / 2**48


def _categories(sample: Sample, quantiles: list[float]) -> list[Attribute]:
    names = list(sample.shares)
    ends = list(accumulate(sample.shares.values()))
    return [names[min(bisect_right(ends, quantile * ends[-1]), len(names) - 1)] for quantile in quantiles]


def _number(dimension: Dimension, sample: Sample, quantile: float) -> Attribute:
    """A normal (log-normal) draw within the bins; whole steps of the scale, whole units for a log dimension."""
    assert dimension.bins is not None
    deviations = _NORMAL.inv_cdf(quantile)
    drawn = dimension.original(dimension.transformed(sample.mean) + deviations * dimension.transformed(sample.spread))
    bounded = min(max(drawn, dimension.bins.low), dimension.bins.high)
    steps = 1.0 if dimension.transform == "log" else dimension.scale
    return _plain(round(bounded * steps) / steps)


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number
