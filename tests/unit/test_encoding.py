"""How statistics are stored: frozen bytes, equal for equal statistics, and readable again at any size."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import GARAGE, counts, numerics

from udfs.catalogues.dimension import Dimension
from udfs.errors import EncodingError
from udfs.statistics.counts import Counts
from udfs.statistics.encoding import decode, encode
from udfs.statistics.moments import Moment, Moments
from udfs.statistics.statistic import Numeric, Statistic

MAKE, PRICE, _ = GARAGE.dimensions
BINS: Counts[int] = Counts()
HUGE = 2**40
MANY = 10**6
"""Observations at the bound of values whose sum still fits the 64 bits of the format; a batch holds 5,000."""
SEEN: Counts[str] = Counts(({"vw": 2, "audi": 1}, {}, {"škoda": 300}))
MEASURED = Numeric(
    Moments((Moment(), Moment(3, -7, 2**64 + 1))),
    Counts(({}, {31: 2, 0: 1})),
)


@pytest.mark.parametrize(
    ("statistic", "stored"),
    [
        (Counts(), "0190"),
        (SEEN, "019382a46175646901a276770280" + "81a6c5a16b6f6461cd012c"),
        (Numeric(), "0190"),
        (MEASURED, "0192c09403f9c409010000000000000001" + "8200011f02"),
    ],
)
def test_the_stored_bytes_of_this_version_are_frozen(statistic: Statistic, stored: str) -> None:
    """A change here needs a new version byte, and a decoder that still reads the old one."""
    assert encode(statistic).hex() == stored
    assert decode(MAKE if isinstance(statistic, Counts) else PRICE, bytes.fromhex(stored)) == statistic


@given(counts())
def test_counts_survive_storing(statistic: Counts[str]) -> None:
    assert decode(MAKE, encode(statistic)) == statistic


@given(numerics(MANY))
def test_moments_and_bins_survive_storing(statistic: Numeric) -> None:
    assert decode(PRICE, encode(statistic)) == statistic


@pytest.mark.parametrize("n", [0, 1, MANY])
@pytest.mark.parametrize("value", [0, 1, -1, HUGE, -HUGE])
def test_no_one_and_very_many_observations_survive_storing(n: int, value: int) -> None:
    numeric = Numeric(Moments().add(2, value), BINS.add(2, 255)).scale(n)
    assert decode(PRICE, encode(numeric)) == numeric
    counted: Counts[str] = Counts().add(1, "x").scale(n)
    assert decode(MAKE, encode(counted)) == counted


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), max_size=8), st.randoms())
def test_equal_statistics_are_equal_bytes_whatever_they_were_made_of(seen: list[tuple[int, str]], seed: object) -> None:
    shuffled = sorted(seen, key=lambda _: seed.random())  # type: ignore[attr-defined]
    assert encode(_counted(seen)) == encode(_counted(shuffled))


@given(numerics(MANY), numerics(MANY))
def test_the_order_of_merging_does_not_show_in_the_bytes(a: Numeric, b: Numeric) -> None:
    assert encode(a.merge(b)) == encode(b.merge(a))


@given(counts(), counts())
def test_different_statistics_are_different_bytes(a: Counts[str], b: Counts[str]) -> None:
    assert (encode(a) == encode(b)) == (a == b)


@pytest.mark.parametrize("stored", [b"", b"\x02\x90", b"\x00", b"\x90"])
def test_another_version_is_refused_with_the_versions(stored: bytes) -> None:
    with pytest.raises(EncodingError, match="this build reads 01"):
        decode(MAKE, stored)


@given(st.binary(max_size=40), st.sampled_from([MAKE, PRICE]))
def test_damaged_bytes_are_a_statistic_or_refused(stored: bytes, dimension: Dimension) -> None:
    with suppress(EncodingError):
        assert isinstance(decode(dimension, b"\x01" + stored), Counts | Numeric)


@pytest.mark.parametrize("cut", range(1, len(encode(MEASURED))))
def test_truncated_bytes_are_refused(cut: int) -> None:
    with pytest.raises(EncodingError):
        decode(PRICE, encode(MEASURED)[:cut])


def test_bytes_of_the_other_kind_are_refused() -> None:
    with pytest.raises(EncodingError, match="price"):
        decode(PRICE, encode(SEEN))
    with pytest.raises(EncodingError, match="make"):
        decode(MAKE, encode(MEASURED))


def test_bytes_are_small() -> None:
    """The design counts on it: 20 dimensions of a small batch in a few hundred bytes."""
    assert len(encode(Numeric(Moments().add(0, 9_903_488), BINS.add(0, 13)))) < 25
    assert len(msgspec.msgpack.encode(SEEN.by_type)) + 1 == len(encode(SEEN))


def _counted(seen: list[tuple[int, str]]) -> Counts[str]:
    found: Counts[str] = Counts()
    for code, key in seen:
        found = found.add(code, key)
    return found
