"""Every error becomes a problem (RFC 9457); `field` names the parameter at fault where there is one."""

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from api.metrics import STORE_ERRORS
from api.paths import sent
from udfs.errors import (
    CatalogueDiffers,
    NothingStored,
    ObjectionStands,
    QueryError,
    StoreError,
    StoreUnavailable,
)

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 1

_STATUS: dict[type[Exception], HTTPStatus] = {
    QueryError: HTTPStatus.BAD_REQUEST,
    NothingStored: HTTPStatus.NOT_FOUND,
    ObjectionStands: HTTPStatus.FORBIDDEN,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    CatalogueDiffers: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Status per error of ours; every other one is our defect."""

_DEFECT = "this is a defect or a fault of the installation; the log of the API says more"
_HIDDEN: dict[type[Exception], str] = {
    StoreUnavailable: "the store is out of reach; the same request may succeed in a moment",
}
"""What a caller is told where the truth names our hosts and tables: that goes to the log."""

_PLAIN: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address; /schema tells what there is",
    HTTPStatus.METHOD_NOT_ALLOWED: "the address does not take this method; the header Allow names those that it takes",
}
"""What is said where the framework only repeats the status."""

_log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: `status` and `field` for machines, `title` and `detail` for people."""

    title: str
    status: int
    detail: str
    field: str = ""
    instance: str = ""


def as_problem(request: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
    """The answer to a request that raised `exc`."""
    status = _status(exc)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s %s failed", request.method, _route(request), exc_info=exc)
    elif isinstance(exc, StoreError):
        _log.warning("%s %s: %s", request.method, _route(request), exc)
    if isinstance(exc, StoreError):
        STORE_ERRORS.labels(type(exc).__name__).inc()
    field = exc.field if isinstance(exc, QueryError) else ""
    problem = Problem(HTTPStatus(status).phrase, status, _detail(exc, status), field, sent(request.scope))
    return Response(
        msgspec.json.encode(problem), status_code=status, media_type=PROBLEM_JSON, headers=_headers(exc, status)
    )


def _route(request: Request[Any, Any, Any]) -> str:
    # The path itself holds the id of a person.
    return str(request.scope.get("path_template", "an unknown address"))


def _status(exc: Exception) -> int:
    if isinstance(exc, HTTPException):
        return exc.status_code
    return _STATUS.get(type(exc), HTTPStatus.INTERNAL_SERVER_ERROR)


def _detail(exc: Exception, status: int) -> str:
    if isinstance(exc, HTTPException):
        return _PLAIN.get(status, exc.detail)
    if type(exc) not in _STATUS:
        return _DEFECT
    return _HIDDEN.get(type(exc), str(exc))


def _headers(exc: Exception, status: int) -> dict[str, str]:
    if isinstance(exc, HTTPException):
        return dict(exc.headers or {})
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
