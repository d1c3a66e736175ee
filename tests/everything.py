"""Every call that the typed client can make."""

import datetime
from typing import Any

from api import calls
from api.calls import Call

ITEMS = [{"id": "a", "make": "bmw"}, {"id": "b", "make": "vw"}]


def each(user: str) -> dict[str, Call[Any]]:
    """Every call, in an order that leaves the user as it was found until the end."""
    other = f"{user}-other"
    return {
        "catalogue": calls.catalogue(),
        "presets": calls.presets(),
        "status": calls.status(),
        "any_user": calls.any_user(),
        "profile": calls.profile(user, days=20, decay="exponential", half_life=7, weights={"view": 1, "park": 3}),
        "profiles": calls.profiles([user, other], dimensions=["make", "price"]),
        "scores": calls.scores(user, ITEMS, sample=7, ids=[other]),
        "many_scores": calls.many_scores([user, other], ITEMS),
        "history": calls.history(user, dimensions="make"),
        "activity": calls.activity(user, days=3),
        "link": calls.link(user, other),
        "aliases": calls.aliases(user),
        "export": calls.export(user),
        "unlink": calls.unlink(user, other),
        "object_to_profiling": calls.object_to_profiling(user),
        "objection": calls.objection(user),
        "withdraw_objection": calls.withdraw_objection(user),
        "erase": calls.erase(user),
        "audit": calls.audit(datetime.datetime.now(datetime.UTC).date()),
    }
