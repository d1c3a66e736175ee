"""Messages that a test writes by hand: good ones, with any field changed, and their bytes with anything in them."""

import datetime
import json
import time
from typing import Any

from flink_job.local.traffic.message import Message


def ago(**lengths: float) -> str:
    """The time so long ago, as producers write it."""
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(**lengths)).isoformat()


def event(user: str, number: int, **changes: Any) -> dict[str, Any]:
    """A good event that has just occurred."""
    item = {"id": f"car-{number}", "make": "audi", "price_eur": 1000 + number}
    run = f"{user}-{time.time_ns()}"
    good = {"event_id": f"{run}-{number}", "user_id": user, "type": "view", "occurred_at": ago()}
    return good | {"item": item} | changes


def message(found: dict[str, Any]) -> Message:
    return Message(str(found["user_id"]).encode(), json.dumps(found).encode())


def with_item(user: str, text: bytes) -> Message:
    """A message whose item is this text, whatever it is."""
    made = message(event(user, 0, item="@"))
    assert made.value is not None
    return made._replace(value=made.value.replace(b'"@"', text))
