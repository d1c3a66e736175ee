"""The application: the one place that joins settings, source and clock. Tests pass a source that they hold."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import State

from api.access import Access
from api.document import config
from api.errors import as_problem
from api.exchange import MAX_BODY_BYTES, Exchange
from api.freshness import FreshnessReader
from api.generations import LayersReader
from api.headers import headers
from api.health import health, ready
from api.keyring import Keyring
from api.limiter import Limiter
from api.metrics import Metrics, metrics
from api.model import ModelReader
from api.page import page
from api.paths import Decoded, as_sent
from api.people_routes import people_routes
from api.persons import Persons
from api.presets import load as load_presets
from api.question import Asker
from api.records import Records
from api.rights import Rights
from api.routes import routes
from api.service import Service
from api.settings import ApiSettings
from api.source import Source
from api.status import status_route
from udfs.catalogues.catalogue import load
from udfs.events.batch import Calendar

API_VERSION = "1"
_GZIP = CompressionConfig(backend="gzip", minimum_size=1_000, gzip_compress_level=4)
_CORS_METHODS = ["GET", "POST", "PUT", "DELETE"]


def create_app(
    settings: ApiSettings,
    source: Source,
    clock: Callable[[], float],
    lifespan: Sequence[Any] = (),
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> Litestar:
    """The API over one catalogue and generation; `clock` gives seconds since the epoch.

    Raises CatalogueError, and SettingsError for presets that cannot be asked.
    """
    catalogue = load(settings.catalogue)
    calendar = Calendar(catalogue.time_zone)
    presets = load_presets(settings.presets)
    asker = Asker(catalogue, settings.retention_days, presets, lambda: calendar.date(round(clock() * 1000)))
    asker.check_presets()
    persons, model = Persons(source, calendar), ModelReader(source, catalogue, clock)
    layers = LayersReader(source, catalogue, settings.generation, clock)
    freshness = FreshnessReader(source, clock, settings.stale_after_seconds)
    service = Service(catalogue, asker, source, persons, layers, freshness, model)
    rights = Rights(settings, source, calendar, clock)
    records = Records(catalogue, asker, source, persons, layers, rights, clock)
    keys, limiter = Keyring(source.keys, clock), Limiter(settings.api_workers)
    app = Litestar(
        [
            health,
            ready,
            Metrics,
            *routes(service, catalogue),
            *people_routes(rights, records),
            status_route(source, layers, freshness, clock),
            *(page() if settings.page else ()),
        ],
        state=State({"source": source, "layers": layers}),
        guards=[Access(keys, limiter, clock, required=settings.authentication)],
        middleware=[metrics().middleware, Exchange(settings.api_concurrency, clock, new_id), Decoded()],
        before_send=[headers(new_id, encrypted=bool(settings.api_tls_certificate))],
        exception_handlers={Exception: as_problem},
        openapi_config=config(catalogue, API_VERSION),
        request_max_body_size=MAX_BODY_BYTES,
        compression_config=_GZIP,
        cors_config=_cors(settings),
        # The server has set up logging, as JSON; Litestar's own would replace it.
        logging_config=None,
        lifespan=list(lifespan),
    )
    app.asgi_handler = as_sent(app.asgi_handler)
    return app


def _cors(settings: ApiSettings) -> CORSConfig | None:
    if not settings.cors_origins:
        return None
    return CORSConfig(settings.cors_origins, allow_methods=_CORS_METHODS, expose_headers=["ETag", "Fresh-Through"])  # type: ignore[arg-type]
