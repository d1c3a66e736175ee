"""What the API says of a person's rights, as structs."""

import datetime

import msgspec

from cql.people import AuditEntry


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
