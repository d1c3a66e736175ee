"""What a command's environment must hold for it and for the processes that it starts, which run in other directories.

In: the environment. Out: the variables to change in it.
"""

from collections.abc import Mapping
from pathlib import Path

_HERE = ("127.0.0.1", "localhost")
_FILES = (
    "PENCHANT_PRESETS",
    *("PENCHANT_API_TLS_CERTIFICATE", "PENCHANT_API_TLS_KEY"),
    *("PENCHANT_STORE_TLS_CA", "PENCHANT_STORE_TLS_CERTIFICATE", "PENCHANT_STORE_TLS_KEY"),
    *("PENCHANT_KAFKA_TLS_CA", "PENCHANT_KAFKA_TLS_CERTIFICATE"),
)


def handed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """Paths of files that hold from anywhere, and no proxy in front of this machine."""
    files = {name: environ[name] for name in _FILES if environ.get(name)}
    catalogue = environ.get("PENCHANT_CATALOGUE", "")
    # Without the ending it is the name of a shipped one.
    files |= {"PENCHANT_CATALOGUE": catalogue} if catalogue.endswith(".toml") else {}
    return {name: str(Path(file).absolute()) for name, file in files.items()} | _direct(environ)


def _direct(environ: Mapping[str, str]) -> dict[str, str]:
    # Lower case wins, where both are there.
    given = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    missing = [here for here in _HERE if here not in given.split(",")]
    hosts = given if given == "*" else ",".join(filter(None, [given, *missing]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}
