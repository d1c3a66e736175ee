"""One dimension: a named property of an item, and how its raw value becomes a countable one.

In: an attribute of an event's item, as JSON gave it. Out: a category (str), a scaled integer, or None when it is
missing.
"""

import math
import unicodedata
from bisect import bisect_right
from typing import Literal, TypeAlias

import msgspec

from udfs.errors import EventRejected, Reason

MAX_CATEGORY_BYTES = 100
_LONGEST_CATEGORY = 1_000
MAX_SCALED = 2**40

Raw: TypeAlias = object
Value: TypeAlias = str | int | None


class Bins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fixed bins of a numeric dimension: `count` bins of equal width from `low` to `high` after the transform.

    `low` and `high` are in the dimension's unit. Values below `low` fall into the first bin, values from `high` on
    into the last.
    """

    low: float
    high: float
    count: int = 32


class StatedPrior(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is believed of a user of whom nothing is known, in the dimension's unit.

    `typical` is the middle (the median for a log dimension), `spread` one standard deviation (a factor for a log
    dimension), `strength` the number of observations that this belief is worth.
    """

    typical: float
    spread: float
    strength: float = 2.0


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stated distribution for attributes that the traffic's items lack: shares, or a normal (log-normal) one."""

    shares: dict[str, float] = {}
    mean: float = 0.0
    spread: float = 0.0


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry `[[dimension]]` of a catalogue; see `udfs/catalogues/cars.toml` for examples of every field."""

    name: str
    kind: Literal["categorical", "numeric"]
    path: str
    label: str = ""
    unit: str = ""
    scale: float = 1.0
    transform: Literal["none", "log"] = "none"
    bins: Bins | None = None
    top_coded: float | None = None
    aliases: dict[str, str] = {}
    missing: list[str | float] = []
    concentration: float = 10.0
    prior: StatedPrior | None = None
    sample: Sample | None = None
    retired: bool = False

    @property
    def title(self) -> str:
        """How the dimension is called on a page or in a table."""
        return self.label or self.name.replace("_", " ")

    def value(self, raw: Raw) -> Value:
        """Turn a raw attribute into a category or a scaled integer; None when missing. Raises EventRejected."""
        return self.category(raw) if self.kind == "categorical" else self.scaled(raw)

    def category(self, raw: Raw) -> str | None:
        """Normalise a category: NFC, trimmed, lower case, aliases applied."""
        if raw is None:
            return None
        if isinstance(raw, float | dict | list):
            raise self._rejected(raw, "must be a string, an integer or a boolean")
        text = _text(raw).strip()
        # Before it is normalised, which takes quadratic time: no text so long comes to so few bytes.
        if len(text) > _LONGEST_CATEGORY:
            raise self._rejected(text[:20], f"must be at most {MAX_CATEGORY_BYTES} bytes")
        text = unicodedata.normalize("NFC", text).lower()
        text = self.aliases.get(text, text)
        if not text or text in self.missing:
            return None
        if len(text.encode()) > MAX_CATEGORY_BYTES:
            raise self._rejected(text[:20], f"must be at most {MAX_CATEGORY_BYTES} bytes")
        return text

    def scaled(self, raw: Raw) -> int | None:
        """Turn a number into an integer of `1 / scale` units (of the logarithm, for a log dimension)."""
        # True == 1.0 in Python, but it is no number.
        if raw is None or raw == "" or (raw in self.missing and not isinstance(raw, bool)):
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise self._rejected(raw, "must be a number")
        number = raw if self.top_coded is None else min(raw, self.top_coded)
        return self._integer(number)

    def transformed(self, number: float) -> float:
        """A number in the dimension's unit on the axis where statistics are kept."""
        return math.log(number) if self.transform == "log" else number

    def original(self, transformed: float) -> float:
        """The inverse of `transformed`."""
        return math.exp(transformed) if self.transform == "log" else transformed

    def edges(self) -> tuple[int, ...]:
        """The scaled inner edges of the bins: `count - 1` ascending integers; bin i is [edge i-1, edge i)."""
        if self.bins is None:
            return ()
        low, high = self.transformed(self.bins.low), self.transformed(self.bins.high)
        width = (high - low) / self.bins.count
        # The first integer in the upper bin; rounded before, because floats miss whole numbers by a hair.
        return tuple(math.ceil(round((low + i * width) * self.scale, 6)) for i in range(1, self.bins.count))

    def bin(self, scaled: int, edges: tuple[int, ...]) -> int:
        """The index of the bin that holds `scaled`."""
        return bisect_right(edges, scaled)

    def _integer(self, number: float) -> int:
        if self.transform == "log" and number <= 0:
            raise self._rejected(number, "must be above 0, because its logarithm is kept; list other values as missing")
        # Compared before any float arithmetic: a huge int would overflow it, an infinity could not be rounded.
        if not -MAX_SCALED <= number <= MAX_SCALED:
            raise self._rejected(number, f"must lie within ±2^40 / {self.scale:g}")
        scaled = round(self.transformed(number) * self.scale)
        if abs(scaled) > MAX_SCALED:
            raise self._rejected(number, f"must lie within ±2^40 / {self.scale:g}")
        return scaled

    def _rejected(self, raw: Raw, must: str) -> EventRejected:
        return EventRejected(Reason.BAD_ATTRIBUTE, f"item.{self.path}={str(raw)[:40]!r}: {must}")


def _text(raw: Raw) -> str:
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return str(raw)
