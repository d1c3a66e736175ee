"""Stored cells of one dimension -> exact sums.

A request reads hundreds of cells, so this skips the structs of `udfs.statistics`. In: cells with the weight of their
dates, equal weights side by side. Out: per weight and type of event the sums in exact integers, so that neither batches
nor the order of rows change an answer; types that weigh the same may come as one. Layout and errors are those of
`udfs.statistics.encoding`. All cells are read as one message: the byte of the version is itself a msgpack integer, so
joined cells are the items of an array [version, statistic, version, statistic, ...].
"""

from collections.abc import Callable, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import TypeAlias, TypeVar

import msgspec

from udfs.catalogues.dimension import Dimension
from udfs.errors import EncodingError
from udfs.statistics.encoding import VERSION

CategoricalSums: TypeAlias = list[dict[str, int]]
"""Counts per category, one dictionary per type code."""

NumericSum: TypeAlias = tuple[int, int, int, dict[int, int]]
"""n, sum and sum of squares of scaled integers, and the counts over the bins."""

NumericSums: TypeAlias = list[NumericSum]
"""One sum per type code."""

EMPTY = bytes([VERSION, 0x90])
"""The cell of a statistic without any count."""

K = TypeVar("K", str, int)
"""A category or a bin."""

S = TypeVar("S")
"""A statistic as it is stored."""

T = TypeVar("T")
"""The sums of several."""

_Sum: TypeAlias = tuple[int, int, bytes, dict[int, int]]
_Stored: TypeAlias = list[_Sum | None]

_ARRAY_32 = b"\xdd"
_NOTHING: NumericSum = (0, 0, 0, {})

_unpack_categorical = msgspec.msgpack.Decoder(list[int | CategoricalSums]).decode
_unpack_numeric = msgspec.msgpack.Decoder(list[int | _Stored]).decode


def categorical(
    dimension: Dimension, dates: Sequence[float], types: Sequence[float], cells: Sequence[bytes]
) -> list[tuple[float, CategoricalSums]]:
    """The weights in `dates` and the sums of their cells; `types` weighs the types. Raises EncodingError."""
    stored: list[CategoricalSums] = _unpacked(dimension, cells, _unpack_categorical)
    return list(zip(dates, stored, strict=True)) if _differ(dates) else _grouped(dates, types, stored, _added)


def numeric(
    dimension: Dimension, dates: Sequence[float], types: Sequence[float], cells: Sequence[bytes]
) -> list[tuple[float, NumericSums]]:
    """The same of numbers. Raises EncodingError."""
    stored: list[_Stored] = _unpacked(dimension, cells, _unpack_numeric)
    if not _differ(dates):
        return _grouped(dates, types, stored, _moment)
    integer = int.from_bytes
    sums = [[(row[0], row[1], integer(row[2]), row[3]) if row else _NOTHING for row in cell] for cell in stored]
    return list(zip(dates, sums, strict=True))


def _unpacked(dimension: Dimension, cells: Sequence[bytes], unpack: Callable[[bytes], list[int | S]]) -> list[S]:
    try:
        found = unpack(_ARRAY_32 + (2 * len(cells)).to_bytes(4) + b"".join(cells))
    except msgspec.DecodeError as exc:
        message = f"{dimension.name}: a stored cell is damaged or of another version than {VERSION}: {exc}"
        raise EncodingError(message) from exc
    if found[::2] != [VERSION] * len(cells):
        message = f"{dimension.name}: a stored cell has another version than {VERSION}, which this build reads"
        raise EncodingError(message)
    return found[1::2]  # type: ignore[return-value]


def _differ(weights: Sequence[float]) -> bool:
    """Whether no two dates weigh the same, so that there is nothing to add up."""
    return len(set(weights)) == len(weights)


def _grouped(
    dates: Sequence[float], types: Sequence[float], cells: list[list[S]], add: Callable[[list[S]], T]
) -> list[tuple[float, list[T]]]:
    # Types that weigh the same need not be kept apart: as one type, they are added up in fewer steps.
    merge = _together if len(set(types)) == 1 else _apart
    pairs = groupby(zip(dates, cells, strict=True), key=itemgetter(0))
    return [(weight, merge([cell for _, cell in group], len(types), add)) for weight, group in pairs]


def _together(cells: list[list[S]], types: int, add: Callable[[list[S]], T]) -> list[T]:
    return [add([one for cell in cells for one in cell[:types]])]


def _apart(cells: list[list[S]], types: int, add: Callable[[list[S]], T]) -> list[T]:
    return [add([cell[code] for cell in cells if len(cell) > code]) for code in range(types)]


def _moment(rows: Sequence[_Sum | None]) -> NumericSum:
    """n, sum, sum of squares and bins of several stored sums."""
    present = [row for row in rows if row]
    if not present:
        return _NOTHING
    counts, totals, squares, bins = zip(*present, strict=True)
    return sum(counts), sum(totals), sum(map(int.from_bytes, squares)), _added(bins)


def _added(counts: Sequence[dict[K, int]]) -> dict[K, int]:
    # One loop over the entries of all, as a loop inside a loop would begin some hundred times for one request.
    sums: dict[K, int] = {}
    known = sums.get
    for key, count in zip(chain.from_iterable(counts), chain.from_iterable(map(dict.values, counts)), strict=True):
        sums[key] = known(key, 0) + count
    return sums
