"""What a command's environment must hold for it and for the processes that it starts, which run in other directories.

In: the environment. Out: the variables to change in it.
"""

from collections.abc import Mapping
from pathlib import Path

_HERE = ("127.0.0.1", "localhost")


def handed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """A catalogue's path that holds from anywhere, and no proxy in front of this machine."""
    direct = {name: ",".join(filter(None, [environ.get(name), *_HERE])) for name in ("no_proxy", "NO_PROXY")}
    catalogue = environ.get("PENCHANT_CATALOGUE", "")
    here = {"PENCHANT_CATALOGUE": str(Path(catalogue).absolute())} if catalogue.endswith(".toml") else {}
    return direct | here
