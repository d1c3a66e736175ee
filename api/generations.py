"""The map of generations in force: looked for twice a second, so that a switch needs no restart.

In: a reader, a clock, and the generation to read before the first switch. Out: the `Layers` that one request reads by
from its first read to its last: it sees one map, whatever is switched meanwhile.
"""

import logging
from collections.abc import Callable

from api.connection import Deltas
from cql.layers import InForce, Layers, layers, number_in_force
from udfs.errors import StoreError

_KEPT_SECONDS = 0.5

_log = logging.getLogger(__name__)


class LayersReader:
    """Holds the map."""

    def __init__(self, deltas: Deltas, generation: int, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        self._deltas = deltas
        self._generation = generation
        self._clock = clock
        self._seen: InForce | None = None
        self._layers: Layers = ()
        self._asked = -1e300

    async def read(self) -> Layers:
        """The map for one request; the last one while the store cannot be asked. Raises StoreError before the first."""
        now = self._clock()
        if not self._layers:
            await self._ask()
        elif not 0 <= now - self._asked < _KEPT_SECONDS:
            # Set before asking, so that requests that come meanwhile do not ask as well.
            self._asked = now
            await self._ask_again()
        return self._layers

    async def _ask_again(self) -> None:
        try:
            await self._ask()
        except StoreError as exc:
            _log.warning("generation stays at %s: %s", self._layers[0].generation, exc)

    async def _ask(self) -> None:
        seen = await self._deltas.in_force()
        if seen != self._seen or not self._layers:
            self._layers = layers(number_in_force(seen, self._generation), await self._deltas.generations())
            self._seen = seen
