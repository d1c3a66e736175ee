"""Stored cells of one dimension -> exact sums. The request path reads hundreds of cells, so it skips the structs of `udfs.statistics`.

In: cells in groups, the cells of a group weighing the same (a date and its batches, or several dates). Out: per group and type of event
the sums in exact integers, so that neither batches nor the order of rows change an answer. Same layout and errors as `udfs.statistics.encoding`.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from udfs.catalogues.dimension import Dimension
from udfs.errors import EncodingError
from udfs.statistics.encoding import VERSION

_PREFIX = bytes([VERSION])
_unpack_categorical = msgspec.msgpack.Decoder(list[dict[str, int]]).decode
_unpack_numeric = msgspec.msgpack.Decoder(list[tuple[int, int, bytes, dict[int, int]] | None]).decode


class NumericSum(NamedTuple):
    """n, sum and sum of squares in scaled units, and the counts over the bins."""

    n: int
    total: int
    squares: int
    bins: dict[int, int]


CategoricalSums: TypeAlias = list[dict[str, int]]
NumericSums: TypeAlias = list[NumericSum]


def categorical(dimension: Dimension, cells: Sequence[bytes]) -> CategoricalSums:
    """Counts per category, one dictionary per type code. Raises EncodingError."""
    sums: CategoricalSums = []
    for cell in cells:
        for code, counts in enumerate(_categorical(dimension, cell)):
            if code == len(sums):
                sums.append(counts)
            else:
                _add(sums[code], counts)
    return sums


def numeric(dimension: Dimension, cells: Sequence[bytes]) -> NumericSums:
    """Moments and bins, one sum per type code. Raises EncodingError."""
    sums: NumericSums = []
    for cell in cells:
        for code, row in enumerate(_numeric(dimension, cell)):
            found = NumericSum(row[0], row[1], int.from_bytes(row[2]), row[3]) if row else NumericSum(0, 0, 0, {})
            if code == len(sums):
                sums.append(found)
            else:
                sums[code] = _merged(sums[code], found)
    return sums


def _categorical(dimension: Dimension, cell: bytes) -> CategoricalSums:
    _check(dimension, cell)
    try:
        return _unpack_categorical(cell[1:])
    except msgspec.DecodeError as exc:
        message = f"{dimension.name}: {exc}"
        raise EncodingError(message) from exc


def _numeric(dimension: Dimension, cell: bytes) -> list[tuple[int, int, bytes, dict[int, int]] | None]:
    _check(dimension, cell)
    try:
        return _unpack_numeric(cell[1:])
    except msgspec.DecodeError as exc:
        message = f"{dimension.name}: {exc}"
        raise EncodingError(message) from exc


def _check(dimension: Dimension, cell: bytes) -> None:
    if cell[:1] != _PREFIX:
        message = f"{dimension.name}: stored version {cell[:1].hex() or 'none'}, this build reads {_PREFIX.hex()}"
        raise EncodingError(message)


def _merged(a: NumericSum, b: NumericSum) -> NumericSum:
    bins = dict(a.bins)
    _add(bins, b.bins)
    return NumericSum(a.n + b.n, a.total + b.total, a.squares + b.squares, bins)


def _add(sums: dict, counts: dict) -> None:  # type: ignore[type-arg]
    for key, count in counts.items():
        sums[key] = sums.get(key, 0) + count
