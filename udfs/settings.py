"""Settings: a typed struct per process, filled once from an environment that is passed in.

In: a frozen struct whose fields are annotated with a description, and a mapping of variables. Out: the struct. A
field `kafka_port` is read from `PENCHANT_KAFKA_PORT`; a variable that is absent or empty leaves the default.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import msgspec

from udfs.errors import SettingsError

T = TypeVar("T", bound=msgspec.Struct)
"""A process's struct of settings."""

PREFIX = "PENCHANT_"


class Setting(NamedTuple):
    """One row of the README's table of settings."""

    variable: str
    default: str
    description: str


def read(kind: type[T], environ: Mapping[str, str]) -> T:
    """Fill `kind` from `environ`; raises SettingsError that names the variable and what it must be."""
    found = {name: environ[variable(name)] for name in kind.__struct_fields__ if environ.get(variable(name))}
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as exc:
        message = f"settings: {_named(str(exc), found)}"
        raise SettingsError(message) from exc


def environment(settings: msgspec.Struct) -> dict[str, str]:
    """The variables from which `read` makes an equal struct, to hand settings to another process."""
    values = msgspec.to_builtins(settings)
    return {variable(name): _text(value) for name, value in values.items() if value is not None}


def variable(field: str) -> str:
    """The environment variable that sets `field`."""
    return PREFIX + field.upper()


def table(kind: type[msgspec.Struct]) -> list[Setting]:
    """Every setting of `kind` with its default and description, in the struct's order."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return [Setting(variable(field.name), _default(field), _description(field)) for field in info.fields]


def _default(field: msgspec.inspect.Field) -> str:
    if field.default is not msgspec.NODEFAULT:
        return "" if field.default is None else _text(msgspec.to_builtins(field.default))
    return "computed" if field.default_factory is not msgspec.NODEFAULT else "required"


def _description(field: msgspec.inspect.Field) -> str:
    schema = getattr(field.type, "extra_json_schema", None) or {}
    return str(schema.get("description", ""))


def _named(message: str, found: Mapping[str, str]) -> str:
    for name, value in found.items():
        if f"$.{name}" in message:
            return f"{variable(name)}={value!r}: {message.split(' - at')[0]}; set a value of that kind or unset it"
    return message


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
