"""Liveness and readiness. Liveness says that the process answers; readiness that the store does."""

from typing import Literal

import msgspec
from litestar import get
from litestar.datastructures import State

from api.access import OPEN
from api.document import ToldOperation
from api.freshness import through_ms


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
    """Two small reads of the store, which also tell Prometheus how far the job has come when nobody asks."""
    seen = await state.deltas.in_force()
    through_ms(await state.deltas.progress(seen.number if seen else state.generation))
    return Health("ready")
