"""The page: a profile as people look at it. Served by the API itself, from files that are shipped; can be switched off.

In: the settings. Out: handlers for `/` and its assets, under a content security policy that allows nothing from
elsewhere and nothing inline. Charts are drawn by Apache ECharts (echarts.min.js, Apache-2.0).

index.html   the page; page.css how it looks
page.js      joins the parts: which view is seen, when what is asked again
controls.js  the controls <-> the question
address.js   the question <-> the address bar
asking.js    requests with the key, which is kept for the session and never in the address
profile.js   what a user likes; ranking.js which items suit them; status.js how the pipeline does
charts.js    a dimension, a score, a history or a measure -> a chart and the same as a table
dom.js       elements; formats.js numbers and times as people read them
theme.js     colours for light and dark, safe for the colour-blind
"""

from importlib import resources
from pathlib import PurePath

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from api.access import OPEN

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json"}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""No source but this server, and nothing inline."""


def page() -> list[HTTPRouteHandler]:
    """The handlers of the page."""

    @get("/", opt=OPEN, include_in_schema=False, sync_to_thread=False)
    def index() -> Response[bytes]:
        return _file("index.html")

    @get("/page/{name:str}", opt=OPEN, include_in_schema=False, sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        return _file(name)

    return [index, asset]


def _file(name: str) -> Response[bytes]:
    kind = _TYPES.get(PurePath(name).suffix)
    file = next((one for one in resources.files(__name__).iterdir() if one.name == name), None)
    if kind is None or file is None:
        raise NotFoundException
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(file.read_bytes(), media_type=f"{kind}; charset=utf-8", headers=headers)
