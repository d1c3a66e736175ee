"""Records that are no events: eight ways to be wrong, each for a reason of its own, some with variants.

In: a good event as decoded JSON, which is used up. Out: a message that decode must reject for the way's reason.
"""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from flink_job.local.traffic.items import place
from flink_job.local.traffic.message import Message
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import Reason

Event: TypeAlias = dict[str, object]
Way: TypeAlias = Callable[[Event], Message]

HUGE = 1e300


def ways(catalogue: Catalogue) -> dict[Reason, tuple[Way, ...]]:
    """The eight reasons with one or more ways to earn each."""
    # A top-coded number would be cut to its cap instead of being refused.
    path = next(dimension.path for dimension in catalogue.dimensions if dimension.top_coded is None)
    return {
        Reason.NOT_JSON: (_truncated, _not_a_number, _not_text),
        Reason.WRONG_SHAPE: (_changed(event_id=17), _without_zone, _without("type"), _changed(item=None)),
        Reason.UNKNOWN_TYPE: (_changed(type="no such type"),),
        Reason.BAD_ATTRIBUTE: (_attribute(path, HUGE), _attribute(path, ["a", "list"])),
        Reason.FROM_THE_FUTURE: (_changed(occurred_at="2999-01-01T00:00:00Z"),),
        Reason.FOREIGN_KEY: (lambda event: Message(b"somebody else", _json(event)),),
        Reason.NO_KEY: (lambda event: Message(None, _json(event)),),
        Reason.NO_VALUE: (lambda event: Message(_key(event), None),),
    }


class Malformed:
    """Makes malformed messages, one reason after the other, so that eight in a row show all eight."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Prepare the ways for the catalogue's attributes."""
        self._ways = list(ways(catalogue).items())
        self._made = 0

    def spoil(self, event: Event) -> tuple[Reason, Message]:
        """The next reason, and a message made of `event` that earns it."""
        round_number, turn = divmod(self._made, len(self._ways))
        self._made += 1
        reason, variants = self._ways[turn]
        return reason, variants[round_number % len(variants)](event)


def _truncated(event: Event) -> Message:
    return Message(_key(event), _json(event)[:-3])


def _not_a_number(event: Event) -> Message:
    return Message(_key(event), _json(event)[:-1] + b',"amount":NaN}')


def _not_text(event: Event) -> Message:
    return Message(_key(event), b"\xff\xfe" + _json(event))


def _without_zone(event: Event) -> Message:
    return _message(event | {"occurred_at": str(event["occurred_at"]).removesuffix("Z")})


def _without(field: str) -> Way:
    return lambda event: _message({name: value for name, value in event.items() if name != field})


def _changed(**fields: object) -> Way:
    return lambda event: _message(event | fields)


def _attribute(path: str, value: object) -> Way:
    def spoiled(event: Event) -> Message:
        item = event["item"]
        assert isinstance(item, dict)
        place(item, path, value)
        return _message(event)

    return spoiled


def _message(event: Event) -> Message:
    return Message(_key(event), _json(event))


def _key(event: Event) -> bytes:
    return str(event["user_id"]).encode()


def _json(event: Event) -> bytes:
    return msgspec.json.encode(event)
