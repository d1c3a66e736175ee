"""The questions of the API: what does a user like, and which of these items suit them, or many users, best."""

import secrets
from typing import Any

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, RawBody
from litestar.status_codes import HTTP_200_OK

from api.answers import Activity, AnyUser, CatalogueAnswer, ManyScores, Preset, Profile, Scores
from api.document import ProfileOperation, many_scores_operation, score_operation
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

    @post(
        "/v1/scores",
        tags=["users"],
        status_code=HTTP_200_OK,
        operation_class=many_scores_operation(catalogue),
    )
    async def score_for_many(request: Request[Any, Any, Any], body: RawBody) -> ManyScores:
        """Which of these items suit each of many users best."""
        return await service.many_scores(request.query_params.multi_items(), body)

    @get("/v1/users/{user_id:str}/activity", tags=["users"], operation_class=ProfileOperation)
    async def read_activity(request: Request[Any, Any, Any], user_id: FromPath[str]) -> Activity:
        """When a user did anything, by date."""
        return await service.activity(user_id, request.query_params.multi_items())

    @get("/v1/users/any", tags=["users"])
    async def find_any_user() -> AnyUser:
        """Some user of whom something is stored, another one each time; to look around."""
        return await service.any_user(secrets.randbits(64) - 2**63)

    @get("/v1/catalogue", tags=["catalogue"], sync_to_thread=False)
    def read_catalogue() -> CatalogueAnswer:
        """Which types of events, dimensions and dates there are."""
        return service.catalogue()

    @get("/v1/presets", tags=["catalogue"], sync_to_thread=False)
    def list_presets() -> list[Preset]:
        """The presets that the parameter `preset` may name."""
        return service.presets()

    users = [read_profile, read_activity, find_any_user, score_items, score_for_many]
    return [*users, read_catalogue, list_presets]
