"""The two questions of the API: what does a user like, and which of these items suit them best."""

from typing import Any

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, RawBody
from litestar.status_codes import HTTP_200_OK

from api.answers import Profile, Scores
from api.document import ProfileOperation, score_operation
from api.service import Service
from udfs.catalogues.catalogue import Catalogue


def routes(service: Service, catalogue: Catalogue) -> list[HTTPRouteHandler]:
    """The handlers; their document names the catalogue's attributes."""

    @get("/v1/users/{user_id:str}/profile", tags=["users"], operation_class=ProfileOperation)
    async def read_profile(request: Request[Any, Any, Any], user_id: FromPath[str]) -> Profile:
        """What a user likes: a posterior per dimension."""
        return await service.profile(user_id, request.query_params.multi_items())

    @post(
        "/v1/users/{user_id:str}/scores",
        tags=["users"],
        status_code=HTTP_200_OK,
        operation_class=score_operation(catalogue),
    )
    async def score_items(request: Request[Any, Any, Any], user_id: FromPath[str], body: RawBody) -> Scores:
        """Which of these items suit a user best: their lift over the baseline, ranked."""
        return await service.scores(user_id, request.query_params.multi_items(), body)

    return [read_profile, score_items]
