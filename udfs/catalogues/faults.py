"""What is wrong with a catalogue, each fault as a clause that names its entry and the mend.

In: a decoded `Catalogue`. Out: clauses; none for one that can be used.
"""

import math
import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from udfs.catalogues.dimension import Dimension

if TYPE_CHECKING:
    from udfs.catalogues.catalogue import Catalogue

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def faults(catalogue: "Catalogue") -> Iterator[str]:
    """Every fault, in the order of the file."""
    yield from _of_zone_and_types(catalogue)
    yield from _of_names(catalogue)
    yield from _of_dimensions(catalogue)


def _of_zone_and_types(catalogue: "Catalogue") -> Iterator[str]:
    if catalogue.time_zone not in zoneinfo.available_timezones():
        yield f"time_zone={catalogue.time_zone!r} is not an IANA time zone, such as UTC or Europe/Berlin"
    if not catalogue.types:
        yield "at least one [[type]] is needed"
    for one in catalogue.types:
        if not 0 <= one.weight < 1e6:
            yield f"type {one.name!r}: weight must be from 0 to 1,000,000"


def _of_names(catalogue: "Catalogue") -> Iterator[str]:
    for name, times in Counter([t.name for t in catalogue.types] + catalogue.names).items():
        if times > 1:
            yield f"{name!r} is used {times} times; names of types and dimensions must differ"
        if not _NAME.fullmatch(name):
            yield f"{name!r} must be lower-case letters, digits and _, starting with a letter, at most 41 long"


def _of_dimensions(catalogue: "Catalogue") -> Iterator[str]:
    if not any(not d.retired for d in catalogue.dimensions):
        yield "at least one [[dimension]] is needed"
    paths = {dimension.path for dimension in catalogue.dimensions}
    for dimension in catalogue.dimensions:
        inside = next((path for path in paths if path.startswith(f"{dimension.path}.")), None)
        if inside:
            yield f"dimension {dimension.name!r}: path={dimension.path!r} cannot be a value and hold {inside!r}"
        for fault in _of_dimension(dimension):
            yield f"dimension {dimension.name!r}: {fault}"


def _of_dimension(dimension: Dimension) -> Iterator[str]:
    if not all(dimension.path.split(".")):
        yield f"path={dimension.path!r} has an empty step"
    if dimension.kind == "categorical":
        yield from _of_categories(dimension)
    else:
        yield from _of_numbers(dimension)


def _of_categories(dimension: Dimension) -> Iterator[str]:
    if dimension.bins or dimension.prior or dimension.top_coded is not None or dimension.transform != "none":
        yield "bins, prior, top_coded and transform belong to numeric dimensions"
    if not 0 < dimension.concentration < 1e6:
        yield "concentration must be above 0"
    for word in [*dimension.aliases, *dimension.aliases.values(), *dimension.missing]:
        if not isinstance(word, str) or word != word.strip().lower():
            yield f"{word!r} in aliases or missing must be a lower-case string, as categories are made lower case"


def _of_numbers(dimension: Dimension) -> Iterator[str]:
    if not 0 < dimension.scale <= 1e9:
        yield "scale (integer steps per unit) must be above 0"
    if dimension.aliases:
        yield "aliases belong to categorical dimensions"
    if dimension.bins is None or dimension.prior is None:
        yield "a numeric dimension needs bins = { low, high, count } and prior = { typical, spread }"
        return
    bins, prior = dimension.bins, dimension.prior
    if not all(map(math.isfinite, (bins.low, bins.high, prior.typical, prior.spread, dimension.top_coded or 0.0))):
        yield "bins, prior and top_coded must be finite"
        return
    if not (bins.low < bins.high and 2 <= bins.count <= 256):
        yield "bins need low < high and a count from 2 to 256"
    elif dimension.transform == "log" and bins.low <= 0:
        yield "a log dimension needs bins.low above 0"
    elif len(set(dimension.edges())) < bins.count - 1:
        yield "bins are finer than the scale can tell apart; use fewer bins or a larger scale"
    if dimension.transform == "log" and not (prior.typical > 0 and prior.spread > 1):
        yield "a log dimension needs prior.typical above 0 and prior.spread, a factor, above 1"
    if prior.spread <= 0 or prior.strength <= 0:
        yield "prior.spread and prior.strength must be above 0"
