"""A seeded sample of users, of bounded size however many there are.

In: rows of all users. Out: the rows of those users whose ids hash lowest; the same seed picks the same users, also from
another store of the same users. Whoever was so active in one batch that the cap was near is taken for a crawler and
left out.
"""

import datetime
import hashlib
from collections.abc import Iterable
from operator import itemgetter
from typing import TypeAlias

from cql.rows import StoredRow
from udfs.errors import NothingStored
from udfs.model.posterior import Row
from udfs.statistics.fold import MAX_EVENTS

CRAWLED = MAX_EVENTS // 2
"""Events in one batch that no person makes."""

Users: TypeAlias = dict[str, list[Row]]


def sample(rows: Iterable[StoredRow], most: int, seed: int) -> Users:
    """The rows of at most `most` users."""
    found: Users = {}
    crawlers: set[str] = set()
    limit = 1.0
    for row in rows:
        user_id = row.key.user_id
        if row.version > CRAWLED:
            crawlers.add(user_id)
        if user_id not in crawlers and _place(user_id, seed) < limit:
            found.setdefault(user_id, []).append((row.key.batch.date, row.cells))
        if len(found) > 2 * most:
            limit = _shrink(found, most, seed)
    for user_id in crawlers:
        found.pop(user_id, None)
    if len(found) > most:
        _shrink(found, most, seed)
    # A scan finds users in no order, and the last digit of a sum depends on it.
    return {user_id: sorted(found[user_id], key=itemgetter(0)) for user_id in sorted(found)}


def check(users: Users, first: datetime.date, last: datetime.date) -> None:
    """Raise NothingStored where nothing can be learned: of no user there is a row from `first` to `last`."""
    if not any(first <= date <= last for rows in users.values() for date, _ in rows):
        message = (
            f"no user of {len(users):,} in the sample has done anything that counts from {first} to {last}, so there "
            "is nothing to learn from; say other dates by --until and --days, or give the job time to count"
        )
        raise NothingStored(message)


def _shrink(users: Users, most: int, seed: int) -> float:
    """Keep the `most` users who hash lowest; the hash from which on nobody is taken any more."""
    ranked = sorted(users, key=lambda user_id: _place(user_id, seed))
    for user_id in ranked[most:]:
        del users[user_id]
    return _place(ranked[most], seed)


def _place(user_id: str, seed: int) -> float:
    digest = hashlib.blake2b(f"{seed}\0{user_id}".encode(), digest_size=7).digest()
    return int.from_bytes(digest) / 2**56
