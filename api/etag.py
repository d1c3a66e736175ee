"""Entity tags: an answer that a caller has already is not sent again.

In: a request and its answer. Out: the answer with an `ETag` over everything in it that says something of the user:
dates as resolved, decay, weights, prior, baseline, staleness, generation, and the versions of the dimensions; or 304
where `If-None-Match` names it. Only `fresh_through` is left out, as it moves every few seconds: it comes in the header
`Fresh-Through`, with a 304 too. So the tag is weak.
"""

import hashlib
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.status_codes import HTTP_304_NOT_MODIFIED

from api.answers import Understood
from api.metrics import STALE_ANSWERS
from udfs.catalogues.catalogue import Catalogue

A = TypeVar("A", bound=Understood)
"""An answer."""

_FRESH = b'"fresh_through":'
_NOT_FRESH = _FRESH + b"null"
"""A field, and never part of a text: its quotes would be escaped there."""

_encode = msgspec.json.Encoder().encode


class Tagger:
    """Tags the answers of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """`catalogue`: its dimensions' versions are part of each tag."""
        versions = "".join(map(catalogue.version, catalogue.dimensions))
        self._revision = hashlib.blake2b(versions.encode(), digest_size=16).digest()

    def tagged(self, request: Request[Any, Any, Any], answer: A) -> Response[A]:
        """The answer, or the news that there is none."""
        if answer.stale:
            STALE_ANSWERS.inc()
        lasting = _encode(msgspec.structs.replace(answer, fresh_through=None))
        headers = {"ETag": self._tag(lasting), "Cache-Control": "private, no-cache", "Vary": "Authorization"}
        if answer.fresh_through is not None:
            headers["Fresh-Through"] = answer.fresh_through.isoformat()
        if _wanted(request) & {_opaque(headers["ETag"]), "*"}:
            return Response(None, status_code=HTTP_304_NOT_MODIFIED, headers=headers)  # type: ignore[arg-type]
        # Encoded once: what was tagged gets back the one thing that it lacks.
        whole = lasting.replace(_NOT_FRESH, _FRESH + _encode(answer.fresh_through), 1)
        return Response(whole, headers=headers)  # type: ignore[arg-type]

    def _tag(self, lasting: bytes) -> str:
        return f'W/"{hashlib.blake2b(lasting, digest_size=16, key=self._revision).hexdigest()}"'


def _wanted(request: Request[Any, Any, Any]) -> set[str]:
    given = request.headers.get("if-none-match", "")
    return {_opaque(tag.strip()) for tag in given.split(",")}


def _opaque(tag: str) -> str:
    """What is compared: whether a tag is weak makes no difference here (RFC 9110, 13.1.2)."""
    return tag.removeprefix("W/")
