"""Presets: questions under a name, so that callers version how they ask.

In: a TOML file with a table per preset, whose keys are query parameters. Out: parameters completed by a preset: what a
request says itself comes first, and a decay that it names replaces the preset's with all its parameters.
"""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import msgspec

from udfs.errors import QueryError, SettingsError
from udfs.model import decay

Texts: TypeAlias = dict[str, str]

SHIPPED = "presets.toml"

_REPLACED = {
    "decay": {*decay.EXAMPLES},
    "from": {"days"},
    "days": {"from"},
    "to": {"at"},
    "at": {"to", "from"},
}
"""What of a preset makes no sense any more beside a parameter that a request gives."""


class Presets(msgspec.Struct, frozen=True):
    """Parameters by the name of their preset."""

    by_name: dict[str, Texts] = {}

    def complete(self, given: Texts) -> Texts:
        """What was given, and the rest from the preset that it names. Raises QueryError."""
        name = given.get("preset")
        if name is None:
            return given
        if name not in self.by_name:
            known = ", ".join(self.by_name) or "none"
            raise QueryError(field="preset", message=f"{name[:40]!r} is not one of the presets, which are: {known}")
        replaced = set[str]().union(*(_REPLACED.get(one, ()) for one in given))
        return {key: text for key, text in self.by_name[name].items() if key not in replaced} | given


def load(file: str) -> Presets:
    """The presets of a file, or the shipped ones for "". Raises SettingsError."""
    try:
        text = Path(file).read_text("utf-8") if file else _shipped()
        tables = msgspec.toml.decode(text, type=dict[str, dict[str, str | int | float | bool]])
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as exc:
        message = f"PENCHANT_PRESETS={file!r}: {exc}; a preset is a table of query parameters, such as days = 14"
        raise SettingsError(message) from exc
    return Presets({name: _texts(table) for name, table in tables.items()})


def _shipped() -> str:
    return resources.files(__package__).joinpath(SHIPPED).read_text("utf-8")


def _texts(table: Mapping[str, str | float]) -> Texts:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in table.items()}
