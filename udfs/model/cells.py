"""Stored cells of one dimension -> exact sums.

A request reads hundreds of cells, so this skips the structs of `udfs.statistics`. In: cells with the weight of their
dates, equal weights side by side. Out: per weight and type of event the sums in exact integers, so that neither batches
nor the order of rows change an answer. Layout and errors are those of `udfs.statistics.encoding`. All cells are read as
one message: the byte of the version is itself a msgpack integer, so joined cells are the items of an array [version,
statistic, version, statistic, ...].
"""

from collections.abc import Callable, Iterable, Sequence
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

_Stored: TypeAlias = list[tuple[int, int, bytes, dict[int, int]] | None]

_ARRAY_32 = b"\xdd"
_NOTHING: NumericSum = (0, 0, 0, {})

_unpack_categorical = msgspec.msgpack.Decoder(list[int | CategoricalSums]).decode
_unpack_numeric = msgspec.msgpack.Decoder(list[int | _Stored]).decode


def categorical(
    dimension: Dimension, weights: Sequence[float], cells: Sequence[bytes]
) -> list[tuple[float, CategoricalSums]]:
    """The weights and the sums of their cells. Raises EncodingError."""
    stored: list[CategoricalSums] = _unpacked(dimension, cells, _unpack_categorical)
    return list(zip(weights, stored, strict=True)) if _differ(weights) else _grouped(weights, stored, _counts)


def numeric(dimension: Dimension, weights: Sequence[float], cells: Sequence[bytes]) -> list[tuple[float, NumericSums]]:
    """The weights and the sums of their cells. Raises EncodingError."""
    stored: list[_Stored] = _unpacked(dimension, cells, _unpack_numeric)
    if not _differ(weights):
        return _grouped(weights, stored, _moments)
    integer = int.from_bytes
    sums = [[(row[0], row[1], integer(row[2]), row[3]) if row else _NOTHING for row in cell] for cell in stored]
    return list(zip(weights, sums, strict=True))


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


def _grouped(weights: Sequence[float], cells: list[S], merge: Callable[[list[S]], T]) -> list[tuple[float, T]]:
    pairs = groupby(zip(weights, cells, strict=True), key=itemgetter(0))
    return [(weight, merge([cell for _, cell in group])) for weight, group in pairs]


def _counts(cells: list[CategoricalSums]) -> CategoricalSums:
    return [_added([cell[code] for cell in cells if len(cell) > code]) for code in range(max(map(len, cells)))]


def _moments(cells: list[_Stored]) -> NumericSums:
    return [_moment([cell[code] for cell in cells if len(cell) > code]) for code in range(max(map(len, cells)))]


def _moment(rows: Iterable[tuple[int, int, bytes, dict[int, int]] | None]) -> NumericSum:
    """The sums of one type of event."""
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
