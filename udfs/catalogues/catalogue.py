"""The catalogue: everything that makes Penchant speak of cars, films or flats, read from one TOML file.

In: the text of a file. Out: a validated `Catalogue`, or a CatalogueError that names the entry at fault. Order is
meaning: types go from weak to strong evidence, and a dimension's place is its place in the compact event. So types
and dimensions are only ever appended; a dimension no longer wanted is marked `retired = true`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path

import msgspec

from udfs.catalogues.dimension import Dimension, Value
from udfs.catalogues.faults import faults
from udfs.errors import CatalogueError

LOGIC_VERSION = 1
"""Raise it when decode or fold changes what they count: generations refuse a mixture of two logics."""


class Type(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A type of event; `weight` >= 0 is its default weight when a profile is asked for."""

    name: str
    weight: float = 1.0


class Catalogue(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    dict=True,
    rename={"dimensions": "dimension", "types": "type"},
):
    """Types in order of strength, dimensions in order of the compact event, and the zone that cuts days."""

    name: str
    types: tuple[Type, ...]
    dimensions: tuple[Dimension, ...]
    item: str = "item"
    time_zone: str = "UTC"

    @cached_property
    def type_codes(self) -> dict[str, int]:
        """The place of each type: 0 is the weakest."""
        return {kind.name: code for code, kind in enumerate(self.types)}

    @cached_property
    def names(self) -> list[str]:
        """The names of all dimensions in order, of those that are retired too."""
        return [dimension.name for dimension in self.dimensions]

    @cached_property
    def by_name(self) -> dict[str, Dimension]:
        """The dimensions that are not retired, by name, in order."""
        return {dimension.name: dimension for dimension in self.dimensions if not dimension.retired}

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """Default weight per type code."""
        return tuple(kind.weight for kind in self.types)

    def version(self, dimension: Dimension) -> str:
        """Two hashes: of what a reader of a delta of this dimension must know, and of all that decides it.

        Two versions must never share a generation. Where the first half is equal, a reader may read both.
        """
        missing = sorted(dimension.missing, key=str)
        counted = msgspec.structs.replace(
            dimension, label="", concentration=0.0, prior=None, sample=None, retired=False, missing=missing
        )
        form = (dimension.kind, dimension.unit, dimension.scale, dimension.transform, dimension.bins)
        types = [kind.name for kind in self.types]
        return f"{_hash(self.time_zone, types, form)}-{_hash(LOGIC_VERSION, self.time_zone, types, counted)}"

    def foreign(self, known: Mapping[str, str]) -> dict[str, str]:
        """Those of `known`, versions by dimension, that differ from its own, in its order."""
        return {name: known[name] for name, version in self._versions.items() if known.get(name, version) != version}

    def counts_as(self, known: Mapping[str, str]) -> bool:
        """Whether `known`, versions by dimension, has each of its dimensions in its own version."""
        return self._versions.items() <= known.items()

    def unreadable(self, known: Mapping[str, str]) -> list[str]:
        """The dimensions of `known`, versions by dimension, whose deltas would be misread by this catalogue."""
        return [name for name, version in self.foreign(known).items() if _form(version) != _form(self._versions[name])]

    def shares_time_zone(self, known: Mapping[str, str]) -> bool:
        """Whether deltas of `known`, versions by dimension, are known to be cut into its own days and hours."""
        # All dimensions of a generation have one time zone, and a form tells it.
        return any(_form(known.get(name, "")) == _form(version) for name, version in self._versions.items())

    def displaced(self, order: Sequence[str]) -> dict[str, str]:
        """Those of `order`, names of dimensions by their place, whose place here is another's, with that other's name.

        A place that only one of both has was appended, or is not yet.
        """
        both = zip(order, self._versions, strict=False)
        return {name: own for name, own in both if name != own}

    @cached_property
    def _versions(self) -> dict[str, str]:
        return {dimension.name: self.version(dimension) for dimension in self.dimensions}


def load(source: str | Path) -> Catalogue:
    """Read a catalogue shipped with Penchant by its name (`cars`), or any file by its path."""
    path = Path(source)
    shipped = resources.files(__package__).joinpath(f"{source}.toml")
    if path.suffix != ".toml" and shipped.is_file():
        return parse(shipped.read_text(encoding="utf-8"), where=f"{source}.toml")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        message = f"{source}: cannot be read ({exc}); give a .toml file, or one of: cars, films"
        raise CatalogueError(message) from exc
    return parse(text, where=str(source))


def parse(text: str, where: str) -> Catalogue:
    """Turn TOML text into a catalogue and check it; `where` names the source in error messages."""
    try:
        catalogue = msgspec.toml.decode(text, type=Catalogue)
    except msgspec.DecodeError as exc:
        message = f"{where}: {exc}"
        raise CatalogueError(message) from exc
    if found := list(faults(catalogue)):
        message = f"{where}: " + "; ".join(found)
        raise CatalogueError(message)
    return catalogue


def attribute(item: dict[str, object], path: tuple[str, ...]) -> object:
    """The attribute of `item` at `path`; None where a step is absent or not an object."""
    found: object = item
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def values(catalogue: Catalogue, item: dict[str, object]) -> list[Value]:
    """The value of every dimension for one item, in catalogue order. Raises EventRejected."""
    return [d.value(attribute(item, tuple(d.path.split(".")))) for d in catalogue.dimensions]


def values_by_name(catalogue: Catalogue, item: dict[str, object]) -> dict[str, Value]:
    """The same by the name of the dimension. Raises EventRejected."""
    return dict(zip(catalogue.names, values(catalogue, item), strict=True))


def _hash(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:8]


def _form(version: str) -> str:
    return version.partition("-")[0]
