"""What the API says of a person's rights, as structs."""

import datetime

import msgspec

from cql.people import AuditEntry
from udfs.events.batch import HOUR_MS, instant


class Remains(msgspec.Struct, frozen=True):
    """Where something is left after an erasure; `until` is null where this API does not know."""

    where: str
    until: datetime.datetime | None
    what: str


class Erasure(msgspec.Struct, frozen=True):
    """The receipt of an erasure: nothing from before `effective_at` is served or counted from now on."""

    receipt_id: str
    user_ids: list[str]
    asked_at: datetime.datetime
    effective_at: datetime.datetime
    generations: list[int]
    remains: list[Remains]


class Objection(msgspec.Struct, frozen=True):
    """Whether a user objects. Events from `since` to before `until` do not count; null while it stands."""

    user_id: str
    stands: bool
    since: datetime.datetime | None
    until: datetime.datetime | None


class Aliases(msgspec.Struct, frozen=True):
    """Other ids of the same person."""

    user_id: str
    aliases: list[str]


class Audit(msgspec.Struct, frozen=True):
    """What was done to whom on a day (UTC)."""

    day: datetime.date
    entries: list[AuditEntry]


def remains(log_retention_days: int, state_ttl_hours: int, before_ms: int) -> list[Remains]:
    """What is left of events from before an instant; a retention of 0 days is not known."""
    kept = instant(before_ms + log_retention_days * 24 * HOUR_MS) if log_retention_days else None
    state = instant(before_ms + state_ttl_hours * HOUR_MS)
    never = "never counted and never served again; deleted by the log's own retention"
    return [
        Remains("log of events", kept, never),
        Remains("dead letters", kept, "records that were never counted; deleted by the log's own retention"),
        Remains("checkpoints", state, "events of open batches; dropped when their state expires"),
        Remains("savepoints and archives", None, "kept for as long as their owner keeps the files; never counted"),
        Remains("exclusions and audit", None, "the id alone, so that the erasure holds and can be shown"),
    ]
