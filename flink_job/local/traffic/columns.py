"""The items as matrices, so that the utility of many items costs a few numpy calls.

In: `Items`. Out: `Columns`, with the values that decode would count: aliases applied, numbers capped and transformed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flink_job.local.traffic.items import Attribute, Items
from udfs.catalogues.dimension import Dimension

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Columns(NamedTuple):
    """N items, C categorical and M numeric dimensions, in catalogue order.

    `labels`: the categories of each categorical dimension. `slots` (N, C): the place of an item's category in one row
    of all categories of all dimensions; place 0 stands for a missing one. `starts` (C): the place of each dimension's
    first category. `width`: the length of that row. `numbers` (N, M): transformed values, NaN where missing. `middles`,
    `deviations` (M): their mean and standard deviation over the items. `scores` (N, M): the numbers in standard
    deviations from the middle, inf where missing.
    """

    categorical: list[Dimension]
    numeric: list[Dimension]
    labels: list[list[str]]
    slots: Indices
    starts: Indices
    width: int
    numbers: Floats
    middles: Floats
    deviations: Floats
    scores: Floats


def columns(items: Items) -> Columns:
    """Build the matrices of `items`."""
    dimensions = list(items.catalogue.by_name.values())
    categorical = [dimension for dimension in dimensions if dimension.kind == "categorical"]
    numeric = [dimension for dimension in dimensions if dimension.kind == "numeric"]
    values = [_categories(dimension, items.columns[dimension.name]) for dimension in categorical]
    labels = [sorted({value for value in column if value is not None}) for column in values]
    starts = np.cumsum([1, *map(len, labels)], dtype=np.int64)
    slots = [_slots(*column) for column in zip(values, labels, starts.tolist()[:-1], strict=True)]
    numbers = _stack([_numbers(d, items.columns[d.name]) for d in numeric], len(items.ids))
    return Columns(
        categorical,
        numeric,
        labels,
        _stack(slots, len(items.ids)).astype(np.int64),
        starts[:-1],
        int(starts[-1]),
        numbers,
        *_standardised(numbers),
    )


def _categories(dimension: Dimension, column: list[Attribute]) -> list[str | None]:
    known = {raw: dimension.category(raw) for raw in set(column)}
    return [known[raw] for raw in column]


def _slots(values: list[str | None], labels: list[str], start: int) -> list[int]:
    places = {label: start + place for place, label in enumerate(labels)}
    return [0 if value is None else places[value] for value in values]


def _numbers(dimension: Dimension, column: list[Attribute]) -> list[float]:
    known = {raw: dimension.scaled(raw) for raw in set(column)}
    return [np.nan if (scaled := known[raw]) is None else scaled / dimension.scale for raw in column]


def _stack(rows: list[list[int]] | list[list[float]], items: int) -> Floats:
    return np.ascontiguousarray(np.array(rows, dtype=np.float64).reshape(len(rows), items).T)


def _standardised(numbers: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, standard deviation (1 where it would be 0) and standard scores."""
    known = ~np.isnan(numbers)
    count = np.maximum(known.sum(axis=0), 1)
    middles = np.where(known, numbers, 0.0).sum(axis=0) / count
    variances = np.where(known, (numbers - middles) ** 2, 0.0).sum(axis=0) / count
    deviations = np.where(variances > 0, np.sqrt(variances), 1.0)
    return middles, deviations, np.where(known, (numbers - middles) / deviations, np.inf)
