"""The contract of the incoming events: the general schema, completed with what one catalogue reads of an item.

In: a catalogue. Out: a JSON Schema (draft 2020-12) as plain values. What it accepts, the decoder counts, but for what a
schema cannot say: lengths in bytes, days that a month lacks, the record's key, and times against the log's clock. The
decoder forgives a little more than the contract promises, such as blanks around a word.
"""

import math
from importlib import resources
from typing import Any, TypeAlias

import msgspec

from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import MAX_CATEGORY_BYTES, MAX_SCALED, Dimension

Schema: TypeAlias = dict[str, Any]


def general() -> Schema:
    """The schema that holds for every catalogue: `event.schema.json`."""
    text = resources.files(__package__).joinpath("event.schema.json").read_text(encoding="utf-8")
    found: Schema = msgspec.json.decode(text)
    return found


def schema(catalogue: Catalogue) -> Schema:
    """The schema of events that this catalogue counts; attributes lie where the dimensions' paths say."""
    found = general()
    found["$id"] += f":{catalogue.name}"
    found["title"] = f"Event of {catalogue.name}"
    found["properties"]["type"]["enum"] = [kind.name for kind in catalogue.types]
    found["examples"][0]["type"] = catalogue.types[0].name
    for dimension in catalogue.dimensions:
        _place(found["properties"]["item"], dimension.path.split("."), attribute(dimension))
    return found


def attribute(dimension: Dimension) -> Schema:
    """The schema of the attribute that a dimension is read from."""
    values = _category() if dimension.kind == "categorical" else _number(dimension)
    retired = {"deprecated": True} if dimension.retired else {}
    return {"description": _description(dimension), **retired, **values}


def _place(parent: Schema, path: list[str], leaf: Schema) -> None:
    step, *rest = path
    children = parent.setdefault("properties", {})
    if rest:
        _place(children.setdefault(step, {"type": ["object", "null"]}), rest, leaf)
    else:
        # Two dimensions may read one attribute; it must suit both.
        children[step] = {"allOf": [children[step], leaf]} if step in children else leaf


def _description(dimension: Dimension) -> str:
    unit = f", in {dimension.unit}" if dimension.unit else ""
    top = f"; {dimension.top_coded:g} means that or more" if dimension.top_coded is not None else ""
    return f"{dimension.title}{unit} ({dimension.kind}){top}"


def _category() -> Schema:
    return {"type": ["string", "integer", "boolean", "null"], "maxLength": MAX_CATEGORY_BYTES}


def _number(dimension: Dimension) -> Schema:
    return {"anyOf": [{"type": "number", **_bounds(dimension)}, {"enum": [None, "", *dimension.missing]}]}


def _bounds(dimension: Dimension) -> Schema:
    limit = MAX_SCALED / dimension.scale
    low, high = _logarithmic(limit) if dimension.transform == "log" else ({"minimum": -min(limit, MAX_SCALED)}, limit)
    # A top-coded value is cut before it is measured.
    return low if dimension.top_coded is not None else {**low, "maximum": min(high, MAX_SCALED)}


def _logarithmic(limit: float) -> tuple[Schema, float]:
    # Beyond 700 the exponential leaves the floats, and so does every number whose logarithm is that large.
    if limit > 700:
        return {"exclusiveMinimum": 0}, math.inf
    return {"minimum": math.exp(-limit)}, math.exp(limit)
