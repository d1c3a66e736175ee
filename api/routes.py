"""The questions of the API: what does a user like, and which of these items suit them, or many users, best."""

import secrets
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, RawBody
from litestar.status_codes import HTTP_200_OK

from api.access import READ, SCORE
from api.answers import AnyUser, CatalogueAnswer, ManyScores, Preset, Profile, Scores
from api.document import (
    PersonOperation,
    ToldOperation,
    many_profiles_operation,
    many_scores_operation,
    score_operation,
)
from api.etag import Tagger
from api.person import named
from api.profiles import Profiles, profiles
from api.service import Service
from udfs.catalogues.catalogue import Catalogue


def routes(service: Service, catalogue: Catalogue) -> list[HTTPRouteHandler]:
    """The handlers; their document names the catalogue's attributes."""
    tagger = Tagger(catalogue)

    @get("/v1/users/{user_id:str}/profile", tags=["users"], opt=READ, operation_class=PersonOperation)
    async def read_profile(request: Request[Any, Any, Any], user_id: FromPath[str]) -> Response[Profile]:
        """What a user likes: a posterior per dimension."""
        return tagger.tagged(request, await service.profile(*named(user_id, request.query_params.multi_items())))

    @post(
        "/v1/users/{user_id:str}/scores",
        tags=["users"],
        status_code=HTTP_200_OK,
        opt=SCORE,
        operation_class=score_operation(catalogue),
    )
    async def score_items(request: Request[Any, Any, Any], user_id: FromPath[str], body: RawBody) -> Scores:
        """Which of these items suit a user best: their lift over the baseline, ranked."""
        return await service.scores(*named(user_id, request.query_params.multi_items()), body)

    @post(
        "/v1/scores",
        tags=["users"],
        status_code=HTTP_200_OK,
        opt=SCORE,
        operation_class=many_scores_operation(catalogue),
    )
    async def score_for_many(request: Request[Any, Any, Any], body: RawBody) -> ManyScores:
        """Which of these items suit each of many users best."""
        return await service.many_scores(request.query_params.multi_items(), body)

    @get("/v1/users/any", tags=["users"], opt=READ, operation_class=ToldOperation)
    async def find_any_user() -> AnyUser:
        """Some user of whom something is stored, another one each time; to look around."""
        return await service.any_user(secrets.randbits(64) - 2**63)

    @get("/v1/catalogue", tags=["catalogue"], opt=READ, operation_class=ToldOperation, sync_to_thread=False)
    def read_catalogue() -> CatalogueAnswer:
        """Which types of events, dimensions and dates there are."""
        return service.catalogue()

    @get("/v1/presets", tags=["catalogue"], opt=READ, operation_class=ToldOperation, sync_to_thread=False)
    def list_presets() -> list[Preset]:
        """The presets that the parameter `preset` may name."""
        return service.presets()

    @post("/v1/profiles", tags=["users"], status_code=HTTP_200_OK, opt=READ, operation_class=many_profiles_operation())
    async def read_profiles(request: Request[Any, Any, Any], body: RawBody) -> Profiles:
        """What each of many users likes."""
        return await profiles(service, request.query_params.multi_items(), body)

    users = [read_profile, read_profiles, find_any_user, score_items, score_for_many]
    return [*users, read_catalogue, list_presets]
