"""The page: a profile as people look at it. Served by the API itself, from files that are shipped; can be switched off.

In: the settings. Out: handlers for `/` and its assets, under a content security policy that allows nothing from
elsewhere and nothing inline. Charts are drawn by Apache ECharts (echarts.min.js, Apache-2.0).

index.html   the page; page.css how it looks
page.js      joins the parts: reads the controls, asks, draws
address.js   the question <-> the address bar
asking.js    requests with the key, which is kept for the session and never in the address
charts.js    a dimension, a score or a history -> a chart and the same as a table
theme.js     colours for light and dark, safe for the colour-blind
"""

from importlib import resources
from pathlib import PurePath

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json"}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""No source but this server, and nothing inline."""


def page() -> list[HTTPRouteHandler]:
    """The handlers of the page."""

    @get("/", include_in_schema=False, sync_to_thread=False)
    def index() -> Response[bytes]:
        return _file("index.html")

    @get("/page/{name:str}", include_in_schema=False, sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        return _file(name)

    return [index, asset]


def _file(name: str) -> Response[bytes]:
    kind = _TYPES.get(PurePath(name).suffix)
    file = resources.files(__name__).joinpath(name)
    if kind is None or "/" in name or not file.is_file():
        raise NotFoundException
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(file.read_bytes(), media_type=f"{kind}; charset=utf-8", headers=headers)
