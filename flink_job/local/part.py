"""A part of the stack as its supervisor sees it: a command, an environment, and a way to tell whether it is ready."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec

MARKER = "PENCHANT_STACK"
"""Every process of a stack carries this variable with the stack's directory, so that none is ever lost."""

PART_MARKER = "PENCHANT_PART"
"""Beside it, the name of the part that the process or one of its parents is."""

Ready: TypeAlias = Callable[[int], bool]
"""Asked with the process id; answers within about two seconds whether the part does its work."""


def nothing() -> None:
    """Preparation of a part that needs none."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One process to keep running. `prepare` runs before each start; `after` names parts that must be ready first."""

    name: str
    command: tuple[str, ...]
    address: str
    ready: Ready
    ports: dict[str, int] = {}
    environ: dict[str, str] = {}
    after: tuple[str, ...] = ()
    prepare: Callable[[], None] = nothing

    def marked(self, environ: dict[str, str], directory: Path) -> dict[str, str]:
        """The environment to start in: the given one, the part's own variables and the two markers."""
        return environ | self.environ | {MARKER: str(directory), PART_MARKER: self.name}
