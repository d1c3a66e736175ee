"""How a statistic is stored: one byte of version, then msgpack.

    categorical  [{category: n, ...} per type code]
    numeric      [[n, sum, squares, {bin: n, ...}] or nil per type code]

Types without a count at the end are left out; keys are sorted; squares are big-endian bytes because they exceed 64
bits. Sums fit 64 bits up to 8 million observations at the bound of values; a batch holds 5,000. So equal statistics
are equal bytes, and the empty statistic is two bytes.
"""

import msgspec

from udfs.catalogues.dimension import Dimension
from udfs.errors import EncodingError
from udfs.statistics.counts import Counts
from udfs.statistics.moments import Moment, Moments
from udfs.statistics.statistic import Categorical, Numeric, Statistic

VERSION = 1
_PREFIX = bytes([VERSION])

_pack = msgspec.msgpack.Encoder().encode
_pack_sorted = msgspec.msgpack.Encoder(order="deterministic").encode
_unpack_categorical = msgspec.msgpack.Decoder(list[dict[str, int]]).decode
_unpack_numeric = msgspec.msgpack.Decoder(list[tuple[int, int, bytes, dict[int, int]] | None]).decode


def encode(statistic: Statistic) -> bytes:
    """The bytes of a statistic."""
    return encode_categorical(statistic) if isinstance(statistic, Counts) else encode_numeric(statistic)


def encode_categorical(statistic: Categorical) -> bytes:
    """The bytes of counts of categories."""
    return _PREFIX + _pack_sorted(statistic.by_type)


def encode_numeric(statistic: Numeric) -> bytes:
    """The bytes of moments and bins."""
    rows = zip(statistic.moments.by_type, statistic.bins.by_type, strict=True)
    return _PREFIX + _pack(
        [
            (moment.n, moment.total, _bytes(moment.squares), dict(sorted(bins.items()))) if moment.n else None
            for moment, bins in rows
        ]
    )


def decode(dimension: Dimension, stored: bytes) -> Statistic:
    """The statistic of which `stored` are the bytes. Raises EncodingError for another version or damaged bytes."""
    if stored[:1] != _PREFIX:
        message = f"{dimension.name}: stored version {stored[:1].hex() or 'none'}, this build reads {_PREFIX.hex()}"
        raise EncodingError(message)
    try:
        return _categorical(stored) if dimension.kind == "categorical" else _numeric(stored)
    except msgspec.DecodeError as exc:
        message = f"{dimension.name}: {exc}"
        raise EncodingError(message) from exc


def _categorical(stored: bytes) -> Categorical:
    return Counts(tuple(_unpack_categorical(stored[1:])))


def _numeric(stored: bytes) -> Numeric:
    rows = _unpack_numeric(stored[1:])
    moments = tuple(Moment(row[0], row[1], int.from_bytes(row[2])) if row else Moment() for row in rows)
    return Numeric(Moments(moments), Counts(tuple(row[3] if row else {} for row in rows)))


def _bytes(squares: int) -> bytes:
    return squares.to_bytes((squares.bit_length() + 7) // 8)
