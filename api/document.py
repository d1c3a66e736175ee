"""The OpenAPI document beyond what the types say: parameters, the body of scores, a page that needs no network."""

from dataclasses import dataclass
from importlib import resources
from typing import Any

from litestar import Request
from litestar.enums import MediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Parameter, RequestBody, Schema

from api.items import MAX_ITEMS, MAX_USERS
from api.question import PARAMETERS
from api.question import Parameter as Asked
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension


@dataclass
class ProfileOperation(Operation):
    """An operation that takes the parameters of a question."""

    def __post_init__(self) -> None:
        """Add the parameters; they are parsed by hand, so the handler's types do not show them."""
        self.parameters = [*(self.parameters or ()), *map(_parameter, PARAMETERS)]


def score_operation(catalogue: Catalogue) -> type[Operation]:
    """An operation that takes a question and items with the catalogue's attributes."""
    return _operation(_items_body(catalogue))


def many_scores_operation(catalogue: Catalogue) -> type[Operation]:
    """The same for many users, who are named in the body."""
    user = Schema(type=OpenAPIType.STRING, min_length=1)
    users = Schema(type=OpenAPIType.ARRAY, items=user, min_items=1, max_items=MAX_USERS)
    return _operation(_items_body(catalogue, users=users))


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
    )


def _parameter(parameter: Asked) -> Parameter:
    schema = Schema(type=OpenAPIType.STRING, examples=[parameter.example])
    return Parameter(
        name=parameter.name, param_in="query", required=False, description=parameter.description, schema=schema
    )


def _operation(body: RequestBody) -> type[Operation]:
    @dataclass
    class ScoreOperation(ProfileOperation):
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
    sample = Schema(type=OpenAPIType.INTEGER, minimum=0, description="Seed: rank by one draw from the posterior.")
    fields = others | {"items": items, "sample": sample}
    body = Schema(type=OpenAPIType.OBJECT, required=[*others, "items"], properties=dict(fields))
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
