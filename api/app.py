"""The application: the one place that joins settings, reader and clock. Tests pass a reader that they hold."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Litestar
from litestar.datastructures import State

from api.connection import Deltas
from api.document import config
from api.errors import as_problem
from api.health import health, ready
from api.page import page
from api.routes import routes
from api.service import Service
from api.settings import ApiSettings
from udfs.catalogues.catalogue import load

API_VERSION = "1"
MAX_BODY_BYTES = 5_000_000


def create_app(
    settings: ApiSettings, deltas: Deltas, clock: Callable[[], float], lifespan: Sequence[Any] = ()
) -> Litestar:
    """The API over one catalogue and generation; `clock` gives seconds since the epoch. Raises CatalogueError."""
    catalogue = load(settings.catalogue)
    service = Service(settings, catalogue, deltas, clock)
    return Litestar(
        [health, ready, *routes(service, catalogue), *(page() if settings.page else ())],
        state=State({"deltas": deltas}),
        exception_handlers={Exception: as_problem},
        openapi_config=config(catalogue, API_VERSION),
        request_max_body_size=MAX_BODY_BYTES,
        lifespan=list(lifespan),
    )
