"""The map of generations in force: looked for twice a second, so that a switch needs no restart.

In: a reader, the catalogue, a clock, and the generation to read before the first switch. Out: the `Layers` that one
request reads by from its first read to its last: it sees one map, whatever is switched meanwhile. A process whose
catalogue would misread the generation in force stays with the one before: processes with the old catalogue go on until
the last of them is replaced.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterator, Mapping

from api.source import Source
from cql.layers import Generation, InForce, Layers, layers, number_in_force
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import CatalogueDiffers, StoreError

_KEPT_SECONDS = 0.5

_log = logging.getLogger(__name__)


class LayersReader:
    """Remembers the layers in force for half a second."""

    def __init__(self, source: Source, catalogue: Catalogue, generation: int, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        self._source = source
        self._catalogue = catalogue
        self._generation = generation
        self._clock = clock
        self._layers: Layers = ()
        self._asked = -math.inf

    async def read(self) -> Layers:
        """The map for one request; the last one while the store cannot be asked.

        Raises StoreError before the first, and CatalogueDiffers.
        """
        now, known = self._clock(), self._layers
        if known and 0 <= now - self._asked < _KEPT_SECONDS:
            return known
        # Set before asking, so that requests that come meanwhile do not ask as well.
        self._asked = now
        if known:
            return await self._again(known)
        found = self._layers = await self._found()
        return found

    async def _again(self, known: Layers) -> Layers:
        try:
            found = self._layers = await self._found()
        except CatalogueDiffers:
            self._layers = ()
            raise
        except StoreError as exc:
            _log.warning("generation stays at %s: %s", known[0].generation, exc)
            return known
        return found

    async def _found(self) -> Layers:
        """The map of the newest of the two last generations in force that the catalogue can read."""
        seen, known = await asyncio.gather(self._source.in_force(), self._source.generations())
        differing: list[str] = []
        for number in _candidates(seen, known, self._generation):
            found = layers(number, known)
            unreadable = await self._unreadable(found)
            if not unreadable:
                return found
            differing.append(f"generation {number} keeps {', '.join(sorted(unreadable))}")
        message = (
            f"{' and '.join(differing)} in another form than this process's catalogue; it serves once a generation "
            "that it can read is switched to"
        )
        raise CatalogueDiffers(message)

    async def _unreadable(self, found: Layers) -> set[str]:
        kept = await asyncio.gather(*(self._source.versions(layer.generation) for layer in found))
        return {name for known in kept for name in self._catalogue.unreadable(known)}


def _candidates(seen: InForce | None, known: Mapping[int, Generation], first: int) -> Iterator[int]:
    """The generation in force, and the one before it as long as it is there."""
    current = number_in_force(seen, first)
    yield current
    if seen is not None and seen.previous != current:
        # One without a row was never made on purpose, nor dropped.
        before = known.get(seen.previous, Generation(number=seen.previous))
        if before.state == "open":
            yield before.number
