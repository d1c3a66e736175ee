"""The model in force: priors come from the store and are looked for twice a minute, so new ones need no restart.

In: a reader, the catalogue and a clock. Out: the `Model` that answers rest on. Without fitted priors, or when they
cannot be read, it is the last one that could be, at first the catalogue's own.
"""

import logging
import math
from collections.abc import Callable

from api.source import Source
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import EncodingError, StoreError
from udfs.model.posterior import Model
from udfs.model.priors import from_catalogue, from_json

_KEPT_SECONDS = 30.0

_log = logging.getLogger(__name__)


class ModelReader:
    """Holds the model in force."""

    def __init__(self, source: Source, catalogue: Catalogue, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        self._source = source
        self._catalogue = catalogue
        self._clock = clock
        self._model = Model(catalogue, from_catalogue(catalogue))
        self._asked = -math.inf

    async def read(self) -> Model:
        """The model for one answer."""
        now = self._clock()
        if not 0 <= now - self._asked < _KEPT_SECONDS:
            # Set before asking, so that requests that come meanwhile do not ask as well.
            self._asked = now
            await self._ask()
        return self._model

    async def _ask(self) -> None:
        try:
            version = await self._source.priors_in_force()
            if version is not None and version != self._model.priors.version:
                self._model = Model(self._catalogue, from_json(await self._source.priors(version)))
        except (StoreError, EncodingError) as exc:
            _log.warning("priors stay at %s: %s", self._model.priors.version, exc)
