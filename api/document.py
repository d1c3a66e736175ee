"""The OpenAPI document beyond what the types say: parameters, the body of scores, a page that needs no network."""

from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from litestar import Request, Response, Router
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
    SecurityScheme,
)
from litestar.status_codes import HTTP_404_NOT_FOUND

from api.access import OPEN
from api.items import MAX_ITEMS, MAX_USERS
from api.parameters import HISTORY_PARAMETERS, MAX_PARAMETER_CHARACTERS, MAX_TOP, PARAMETERS
from api.parameters import Parameter as QueryParameter
from api.person import IDS
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.events.event import MAX_USER_BYTES
from udfs.model import decay
from udfs.model.baseline import BASELINES

_KEY = SecurityScheme(
    type="http", scheme="bearer", description="A key from `penchant keys create`, in the header Authorization."
)

_SCHEMAS: dict[str, Schema] = {
    "from": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE),
    "to": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE),
    "at": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE),
    "days": Schema(type=OpenAPIType.INTEGER, minimum=1),
    "level": Schema(type=OpenAPIType.NUMBER, minimum=0.5, maximum=0.999),
    "top": Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=MAX_TOP),
    "bins": Schema(type=OpenAPIType.STRING, enum=["true", "false"]),
    "baseline": Schema(type=OpenAPIType.STRING, enum=list(BASELINES)),
    "decay": Schema(type=OpenAPIType.STRING, enum=list(decay.NAMES)),
}
"""What a parameter must look like, where that can be said; others are text that the answer to a mistake explains."""


_PROBLEM = Schema(
    title="Problem",
    type=OpenAPIType.OBJECT,
    required=["title", "status", "detail"],
    properties={
        "title": Schema(type=OpenAPIType.STRING),
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": Schema(type=OpenAPIType.STRING, description="What went wrong and how to mend it."),
        "field": Schema(type=OpenAPIType.STRING, description="The parameter or attribute at fault."),
        "instance": Schema(type=OpenAPIType.STRING),
    },
    examples=[{"title": "Bad Request", "status": 400, "detail": "days: '0' must be from 1 to 60", "field": "days"}],
)


@dataclass
class ToldOperation(Operation):
    """An operation whose every error is a problem (RFC 9457)."""

    def __post_init__(self) -> None:
        """Say so; Litestar's own account of mistakes is replaced."""
        content = {"application/problem+json": OpenAPIMediaType(schema=_PROBLEM)}
        problem = OpenAPIResponse(description="A problem: it names the field and says the mend.", content=content)
        self.responses = {**(self.responses or {}), "default": problem}
        self.responses.pop("400", None)


@dataclass
class ProfileOperation(ToldOperation):
    """An operation that takes the parameters of a question."""

    def __post_init__(self) -> None:
        """Add the parameters; they are parsed by hand, so the handler's types do not show them."""
        super().__post_init__()
        self.parameters = [*(self.parameters or ()), *map(_parameter, PARAMETERS)]


@dataclass
class PersonOperation(ProfileOperation):
    """An operation that takes a question, and other ids of the person whom its path names."""

    def __post_init__(self) -> None:
        """Add the parameters."""
        super().__post_init__()
        self.parameters = [*(self.parameters or ()), _parameter(IDS)]


@dataclass
class HistoryOperation(ToldOperation):
    """An operation that takes the dates and dimensions of a question, and other ids of the person."""

    def __post_init__(self) -> None:
        """Add the parameters."""
        super().__post_init__()
        asked = [_parameter(parameter) for parameter in PARAMETERS if parameter.name in HISTORY_PARAMETERS]
        self.parameters = [*(self.parameters or ()), *asked, _parameter(IDS)]


def many_profiles_operation() -> type[Operation]:
    """An operation that takes a question and users."""
    body = _body({"users": _users()}, required=["users"], example={"users": ["ann", "bob"]})
    return _operation(ProfileOperation, body)


def score_operation(catalogue: Catalogue) -> type[Operation]:
    """An operation that takes a question and items with the catalogue's attributes."""
    return _operation(PersonOperation, _items_body(catalogue))


def many_scores_operation(catalogue: Catalogue) -> type[Operation]:
    """The same for many users, who are named in the body."""
    return _operation(ProfileOperation, _items_body(catalogue, users=_users()))


class PlainPage(OpenAPIRenderPlugin):
    """Renders the document with a page of our own, as the usual viewers are loaded from the network."""

    def __init__(self) -> None:
        """Serve it at the root of the schema's path."""
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page; it fetches the document itself."""
        return resources.files(__package__).joinpath("document.html").read_bytes()


def config(catalogue: Catalogue, version: str) -> OpenAPIConfig:
    """Where the document is served and what it says of itself."""
    return OpenAPIConfig(
        title=f"Penchant: {catalogue.name}",
        version=version,
        description="What each user likes, right now, and how sure that is.",
        path="/schema",
        render_plugins=[PlainPage()],
        openapi_router=Router(
            "/schema", route_handlers=[], opt=OPEN, include_in_schema=False, after_request=_nothing_else
        ),
        components=Components(security_schemes={"key": _KEY}),
        security=[{"key": []}],
        use_handler_docstrings=True,
    )


def _nothing_else(response: Response[Any]) -> Response[Any]:
    # Litestar has a page of its own for addresses below this one that are not there.
    if response.status_code == HTTP_404_NOT_FOUND:
        raise NotFoundException
    return response


def _parameter(parameter: QueryParameter) -> Parameter:
    schema = _SCHEMAS.get(parameter.name) or Schema(type=OpenAPIType.STRING, max_length=MAX_PARAMETER_CHARACTERS)
    schema = replace(schema, examples=[parameter.example])
    return Parameter(
        name=parameter.name, param_in="query", required=False, description=parameter.description, schema=schema
    )


def _operation(asked: type[ProfileOperation], body: RequestBody) -> type[Operation]:
    @dataclass
    class ScoreOperation(asked):  # type: ignore[valid-type,misc]
        def __post_init__(self) -> None:
            super().__post_init__()
            self.request_body = body

    return ScoreOperation


def _items_body(catalogue: Catalogue, **others: Schema) -> RequestBody:
    properties = {"id": Schema(type=OpenAPIType.STRING, description=f"The {catalogue.item}'s id.")}
    for dimension in catalogue.by_name.values():
        _place(properties, dimension.path.split("."), dimension)
    item = Schema(type=OpenAPIType.OBJECT, required=["id"], properties=dict(properties))
    items = Schema(type=OpenAPIType.ARRAY, items=item, min_items=1, max_items=MAX_ITEMS)
    sample = Schema(
        type=OpenAPIType.INTEGER, minimum=0, maximum=2**63 - 1, description="Seed: rank by one draw from the posterior."
    )
    example: dict[str, object] = {"users": ["ann"], "items": [{"id": "a"}]} if others else {"items": [{"id": "a"}]}
    return _body(others | {"items": items, "sample": sample}, required=[*others, "items"], example=example)


def _users() -> Schema:
    user = Schema(type=OpenAPIType.STRING, min_length=1, max_length=MAX_USER_BYTES)
    return Schema(type=OpenAPIType.ARRAY, items=user, min_items=1, max_items=MAX_USERS)


def _body(fields: dict[str, Schema], required: list[str], example: dict[str, object]) -> RequestBody:
    body = Schema(
        type=OpenAPIType.OBJECT,
        required=required,
        properties=dict(fields),
        additional_properties=False,
        examples=[example],
    )
    return RequestBody(content={"application/json": OpenAPIMediaType(schema=body)}, required=True)


def _place(properties: dict[str, Schema], path: list[str], dimension: Dimension) -> None:
    """Put the attribute of a dimension where its path leads; a step on the way is an object."""
    step, *rest = path
    if not rest:
        properties[step] = _attribute(dimension)
        return
    inner = properties.setdefault(step, Schema(type=OpenAPIType.OBJECT, properties={}))
    _place(inner.properties, rest, dimension)  # type: ignore[arg-type]


def _attribute(dimension: Dimension) -> Schema:
    kind = OpenAPIType.STRING if dimension.kind == "categorical" else OpenAPIType.NUMBER
    return Schema(type=kind, description=" in ".join(filter(None, [dimension.title, dimension.unit])))
