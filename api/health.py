"""Liveness and readiness. Liveness says that the process answers; readiness that the store does."""

from typing import Literal

import msgspec
from litestar import get
from litestar.datastructures import State

from api.access import OPEN
from api.document import ToldOperation
from api.freshness import told_through_ms


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["alive", "ready"]


@get(
    "/health",
    tags=["health"],
    summary="Whether the process answers",
    security=[{}],
    operation_class=ToldOperation,
    opt=OPEN,
    sync_to_thread=False,
)
def health() -> Health:
    """Asks nothing of the store: an outage there must not restart the API."""
    return Health("alive")


@get(
    "/ready",
    tags=["health"],
    summary="Whether the store answers; 503 otherwise",
    security=[{}],
    operation_class=ToldOperation,
    opt=OPEN,
)
async def ready(state: State) -> Health:
    """A small read of the store, which also tells Prometheus how far the job has come when nobody asks."""
    (newest, *_) = await state.layers.read()
    told_through_ms(await state.source.progress(newest.generation))
    return Health("ready")
