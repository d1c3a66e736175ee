"""The routes of a person's rights: erasure, objection, aliases, history, export, and the audit of them."""

import datetime
from typing import Any

from litestar import HttpMethod, Request, Response, delete, get, put, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from api.access import ADMIN, ERASE, OPEN, READ
from api.document import HistoryOperation, ToldOperation
from api.history import Export, History
from api.person import named
from api.receipts import Aliases, Audit, Erasure, Objection
from api.records import Records
from api.rights import Asking, Rights

Asked = Request[Any, Any, Any]
_USER = "/v1/users/{user_id:str}"
_OBJECTION = _USER + "/objection"
_ALIAS = _USER + "/aliases/{other:str}"


def people_routes(rights: Rights, records: Records) -> list[HTTPRouteHandler]:
    """The handlers of rights, history, activity, export and audit."""

    @get(_USER + "/history", tags=["users"], opt=READ, operation_class=HistoryOperation)
    async def read_history(request: Asked, user_id: FromPath[str]) -> History:
        """What was counted of a user, date by date, as known today."""
        return await records.history(*named(user_id, request.query_params.multi_items()))

    @get(_USER + "/activity", tags=["users"], opt=READ, operation_class=HistoryOperation)
    async def read_activity(request: Asked, user_id: FromPath[str]) -> History:
        """The dates of a history alone: when a user did how much."""
        return await records.activity(*named(user_id, request.query_params.multi_items()))

    @get(_USER + "/export", tags=["rights"], operation_class=ToldOperation, opt=ERASE)
    async def export_user(request: Asked, user_id: FromPath[str]) -> Export:
        """Everything that is stored of a person, for machines."""
        return await records.export(user_id, _asking(request))

    @delete(_USER, tags=["rights"], operation_class=ToldOperation, opt=ERASE, status_code=HTTP_200_OK)
    async def erase_user(request: Asked, user_id: FromPath[str]) -> Erasure:
        """Forget a person under all ids. The receipt says what remains where, and until when."""
        return await rights.erase(user_id, _asking(request))

    @delete("/v1/users/any", opt=ERASE, include_in_schema=False, status_code=HTTP_200_OK)
    async def erase_any(request: Asked) -> Erasure:
        """Forget the person of this very id, whose address Litestar takes for that of `find_any_user`."""
        return await rights.erase("any", _asking(request))

    @get(_OBJECTION, tags=["rights"], operation_class=ToldOperation, opt=READ)
    async def read_objection(user_id: FromPath[str]) -> Objection:
        """Whether a user objects to profiling."""
        return await rights.objection(user_id)

    @put(_OBJECTION, tags=["rights"], operation_class=ToldOperation, opt=ERASE)
    async def object_to_profiling(request: Asked, user_id: FromPath[str]) -> Objection:
        """Profile a person no more: no answer, and nothing new counts while the objection stands."""
        return await rights.object(user_id, _asking(request))

    @delete(_OBJECTION, tags=["rights"], operation_class=ToldOperation, opt=ERASE, status_code=HTTP_200_OK)
    async def withdraw_objection(request: Asked, user_id: FromPath[str]) -> Objection:
        """Profile a person again from the next hour on; what occurred meanwhile never counts."""
        return await rights.withdraw(user_id, _asking(request))

    @get(_USER + "/aliases", tags=["rights"], operation_class=ToldOperation, opt=READ)
    async def list_aliases(user_id: FromPath[str]) -> Aliases:
        """The other ids of a person."""
        return await rights.aliases(user_id)

    @put(_ALIAS, tags=["rights"], operation_class=ToldOperation, opt=ERASE)
    async def link_alias(request: Asked, user_id: FromPath[str], other: FromPath[str]) -> Aliases:
        """Let another id be the same person, such as a cookie after its login: evidence adds up."""
        return await rights.link(user_id, other, _asking(request))

    @delete(_ALIAS, tags=["rights"], operation_class=ToldOperation, opt=ERASE, status_code=HTTP_200_OK)
    async def unlink_alias(request: Asked, user_id: FromPath[str], other: FromPath[str]) -> Aliases:
        """Let another id be somebody else again."""
        return await rights.unlink(user_id, other, _asking(request))

    @get("/v1/audit/{day:date}", tags=["rights"], operation_class=ToldOperation, opt=ADMIN)
    async def read_audit(day: FromPath[datetime.date]) -> Audit:
        """Who did what to whom on a day (UTC)."""
        return await rights.audit(day)

    readers = [read_history, read_activity, read_objection, list_aliases, read_audit, export_user]
    writers = [erase_user, erase_any, object_to_profiling, withdraw_objection, link_alias, unlink_alias]
    # First, before Litestar makes its own.
    allowing = [_allow(_OBJECTION, "DELETE, GET, OPTIONS, PUT"), _allow(_ALIAS, "DELETE, OPTIONS, PUT")]
    return [*allowing, *readers, *writers]


def _allow(path: str, methods: str) -> HTTPRouteHandler:
    """What an address takes: of several methods, Litestar's own answer names the first alone."""

    @route(path, http_method=[HttpMethod.OPTIONS], opt=OPEN, include_in_schema=False, status_code=HTTP_204_NO_CONTENT)
    async def options() -> Response[None]:
        return Response(None, headers={"Allow": methods})

    return options


def _asking(request: Asked) -> Asking:
    state = request.scope["state"]
    return Asking(str(state.get("key_id", "")), str(state["request_id"]))
