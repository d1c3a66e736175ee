"""The connection to the store: opened in the process that uses it, and tried again until the store is there.

In: settings. Out: a `Source` whose calls raise StoreUnavailable while there is no session, so the API starts and stays
alive without a store.
"""

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from litestar import Litestar

from api.settings import ApiSettings
from cql.job_report import JobReport
from cql.keys import Keys
from cql.layers import Generation, InForce, Layers
from cql.people import People
from cql.reader import Reader
from cql.rows import BatchRow, Progress
from cql.store import Store
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import StoreError, StoreUnavailable

_RETRY_SECONDS = 1.0


class Parts(NamedTuple):
    """What a session serves."""

    store: Store
    reader: Reader
    people: People
    keys: Keys


class Connection:
    """A source that connects when it can. After a failure it waits a second before the next try."""

    def __init__(self, settings: ApiSettings, catalogue: Catalogue, monotonic: Callable[[], float]) -> None:
        """`monotonic`: a clock in seconds that never goes back."""
        self._settings = settings
        self._catalogue = catalogue
        self._monotonic = monotonic
        self._parts: Parts | None = None
        self._opening: asyncio.Task[Parts] | None = None
        self._next_try = 0.0

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Begin to connect as the process starts, close as it ends."""
        self._begin()
        try:
            yield
        finally:
            await self._close()

    async def batches(
        self, layers: Layers, user_id: str, first: datetime.date, last: datetime.date, dimensions: Sequence[str]
    ) -> list[BatchRow]:
        """See `Source`."""
        return await (await self._opened()).reader.batches(layers, user_id, first, last, dimensions)

    async def progress(self, generation: int) -> list[Progress]:
        """See `Source`."""
        return await (await self._opened()).reader.progress(generation)

    async def in_force(self) -> InForce | None:
        """See `Source`."""
        return await (await self._opened()).reader.in_force()

    async def generations(self) -> dict[int, Generation]:
        """See `Source`."""
        return await (await self._opened()).reader.generations()

    async def versions(self, generation: int) -> dict[str, str]:
        """See `Source`."""
        return await (await self._opened()).reader.versions(generation)

    async def job_report(self, generation: int) -> JobReport | None:
        """See `Source`."""
        return await (await self._opened()).reader.job_report(generation)

    async def priors_in_force(self) -> str | None:
        """See `Source`."""
        return await (await self._opened()).reader.priors_in_force()

    async def priors(self, version: str) -> str:
        """See `Source`."""
        return await (await self._opened()).reader.priors(version)

    async def user_after(self, layers: Layers, place: int) -> str | None:
        """See `Source`."""
        return await (await self._opened()).reader.user_after(layers, place)

    async def people(self) -> People:
        """See `Source`."""
        return (await self._opened()).people

    async def keys(self) -> Keys:
        """See `Source`."""
        return (await self._opened()).keys

    async def _opened(self) -> Parts:
        if self._parts is not None:
            return self._parts
        if self._opening is None and self._monotonic() >= self._next_try:
            self._begin()
        if self._opening is None:
            message = "no connection to the store; the next try comes within a second"
            raise StoreUnavailable(message)
        # Shielded: a caller who goes away must not end the attempt that others wait for.
        try:
            return await asyncio.shield(self._opening)
        except StoreError as exc:
            raise StoreUnavailable(str(exc)) from exc

    def _begin(self) -> None:
        self._opening = asyncio.create_task(self._open())
        self._opening.add_done_callback(self._settle)

    async def _open(self) -> Parts:
        self._parts = await asyncio.to_thread(_opened, self._settings, self._catalogue)
        return self._parts

    def _settle(self, opening: asyncio.Task[Parts]) -> None:
        self._opening = None
        if not opening.cancelled() and isinstance(opening.exception(), StoreError):
            self._next_try = self._monotonic() + _RETRY_SECONDS

    async def _close(self) -> None:
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self._parts is not None:
            await asyncio.to_thread(self._parts.store.close)


def _opened(settings: ApiSettings, catalogue: Catalogue) -> Parts:
    store = Store.open(settings)
    try:
        return Parts(store, Reader(store), People(store, catalogue), Keys(store))
    except StoreError:
        store.close()
        raise
