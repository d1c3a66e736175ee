"""Query parameters -> a `Question`.

In: the parameters as they were given, the catalogue and today's date in its time zone. Out: a Question, or QueryError
naming the parameter.
"""

import datetime
import math
from collections.abc import Callable, Iterable, Mapping

from api.parameters import MAX_PARAMETER_CHARACTERS, MAX_TOP, NAMES
from api.presets import Presets
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import QueryError, SettingsError
from udfs.model import decay
from udfs.model.baseline import BASELINES, Baseline
from udfs.model.question import Question

MAX_WEIGHT = 1e6


class Asker:
    """Reads questions for one catalogue and retention."""

    def __init__(
        self, catalogue: Catalogue, retention_days: int, presets: Presets, today: Callable[[], datetime.date]
    ) -> None:
        """`retention_days`: how many dates may be asked for. `today` is the catalogue's."""
        self._catalogue = catalogue
        self._today = today
        self.presets = presets
        self.retention_days = retention_days

    def question(self, given: Iterable[tuple[str, str]]) -> Question:
        """The question that the parameters ask. Raises QueryError."""
        texts = _known(self.presets.complete(_unique(given)))
        first, last = self._dates(texts, self._today())
        return Question(
            first=first,
            last=last,
            dimensions=self._dimensions(texts.get("dimensions")),
            weights=self._weights(texts.get("weights")),
            decay=decay.parse(texts.get("decay", "none"), {n: texts[n] for n in decay.EXAMPLES if n in texts}),
            level=_number(texts, "level", 0.9, 0.5, 0.999),
            top=_whole(texts, "top", 5, 1, MAX_TOP),
            baseline=_baseline(texts.get("baseline", BASELINES[0])),
            bins=_flag(texts, "bins"),
            preset=texts.get("preset", ""),
        )

    def check_presets(self) -> None:
        """Ask by every preset once. Raises SettingsError naming the preset that cannot be asked."""
        for name in self.presets.by_name:
            try:
                self.question([("preset", name)])
            except QueryError as exc:
                message = f"preset {name!r}: {exc}; mend the file that PENCHANT_PRESETS names"
                raise SettingsError(message) from exc

    def _dates(self, texts: Mapping[str, str], today: datetime.date) -> tuple[datetime.date, datetime.date]:
        if "at" in texts and not texts.keys().isdisjoint({"from", "to"}):
            raise QueryError(field="at", message="give either at, or from and to")
        last = self._date(texts, "at" if "at" in texts else "to", today, today)
        if "from" not in texts:
            days = _whole(texts, "days", self.retention_days, 1, self.retention_days)
            return last - datetime.timedelta(days=days - 1), last
        if "days" in texts:
            raise QueryError(field="days", message="give either from or days")
        first = self._date(texts, "from", today, last)
        if first > last:
            raise QueryError(field="from", message=f"{first} lies after to={last}")
        if (last - first).days >= self.retention_days:
            raise QueryError(field="from", message=f"{first} to {last} is more than {self.retention_days} dates")
        return first, last

    def _date(
        self, texts: Mapping[str, str], field: str, today: datetime.date, default: datetime.date
    ) -> datetime.date:
        if field not in texts:
            return default
        try:
            date = datetime.date.fromisoformat(texts[field])
        except ValueError as exc:
            raise QueryError(field, f"{texts[field][:40]!r} must be a date such as {today}") from exc
        oldest, newest = today - datetime.timedelta(days=self.retention_days), today + datetime.timedelta(days=1)
        if not oldest <= date <= newest:
            raise QueryError(field, f"{date} must lie from {oldest} to {newest}: {self.retention_days} days are kept")
        return date

    def _dimensions(self, text: str | None) -> tuple[str, ...]:
        known = self._catalogue.by_name
        if text is None:
            return tuple(known)
        asked = {name.strip() for name in text.split(",")}
        unknown = sorted(asked - known.keys())
        if unknown:
            raise QueryError(field="dimensions", message=f"{unknown[0][:40]!r} is not one of {', '.join(known)}")
        # In the catalogue's order: the store prepares one statement per set and not per order.
        return tuple(name for name in known if name in asked)

    def _weights(self, text: str | None) -> tuple[float, ...]:
        codes = self._catalogue.type_codes
        given: dict[str, float] = {}
        for part in text.split(",") if text is not None else ():
            name, _, number = part.strip().partition(":")
            if name not in codes:
                raise QueryError(field="weights", message=f"{name[:40]!r} is not one of {', '.join(codes)}")
            if name in given:
                raise QueryError(field="weights", message=f"{name!r} was given twice")
            given[name] = _weight(number)
        return tuple(given.get(kind.name, kind.weight) for kind in self._catalogue.types)


def _unique(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, text in given:
        if name in texts:
            raise QueryError(name[:40], "was given twice")
        texts[name] = text
    return texts


def _known(texts: dict[str, str]) -> dict[str, str]:
    for name, text in texts.items():
        if name not in NAMES:
            raise QueryError(name[:40] or "query", f"is not a parameter; there are {', '.join(NAMES)}")
        if len(text) > MAX_PARAMETER_CHARACTERS:
            raise QueryError(name, f"must be at most {MAX_PARAMETER_CHARACTERS} characters")
    return texts


def _weight(text: str) -> float:
    weight = _float(text)
    # Weights below a millionth of the largest would only test the limits of floats.
    if not (weight == 0 or 1 / MAX_WEIGHT <= weight <= MAX_WEIGHT):
        must = f"must be 0 or a number from {1 / MAX_WEIGHT:g} to {MAX_WEIGHT:g}, as in view:1"
        raise QueryError(field="weights", message=f"{text[:40]!r} {must}")
    return abs(weight)


def _number(texts: Mapping[str, str], field: str, default: float, low: float, high: float) -> float:
    number = _float(texts[field]) if field in texts else default
    if not low <= number <= high:
        raise QueryError(field, f"{texts[field][:40]!r} must be a number from {low:g} to {high:g}")
    return number


def _whole(texts: Mapping[str, str], field: str, default: int, low: int, high: int) -> int:
    number = _number(texts, field, default, low, high)
    if number % 1:
        raise QueryError(field, f"{texts[field][:40]!r} must be a whole number from {low} to {high}")
    return int(number)


def _baseline(text: str) -> Baseline:
    for baseline in BASELINES:
        if text == baseline:
            return baseline
    raise QueryError(field="baseline", message=f"{text[:40]!r} is not one of {', '.join(BASELINES)}")


def _flag(texts: Mapping[str, str], field: str) -> bool:
    text = texts.get(field, "false")
    if text not in ("true", "false"):
        raise QueryError(field, f"{text[:40]!r} must be true or false")
    return text == "true"


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
