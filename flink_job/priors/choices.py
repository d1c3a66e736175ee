"""What was chosen from lists that were shown -> how much each dimension counts in a score.

In: users' rows, items, lists. Out: per list the log lifts of its items under what was known of the user the day before,
and the place of the first choice. So nothing is learned from a choice that the profile already holds.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

import msgspec

from flink_job.local.traffic.shown import Shown
from flink_job.priors.sample import Users
from udfs.catalogues.catalogue import Catalogue
from udfs.model.fitting.choices import Choice
from udfs.model.items import Item, Items, places
from udfs.model.lifts import Lifts
from udfs.model.posterior import Model, Row
from udfs.model.question import Question


class Chooser:
    """Makes choices of lists, for users of whom something was known the day before."""

    def __init__(self, catalogue: Catalogue, model: Model, question: Question, items: Mapping[str, Item]) -> None:
        """`question` says how a profile is asked for; its dates are moved to the days before each list."""
        self._zone = ZoneInfo(catalogue.time_zone)
        self._model = model
        self._question = question
        self._items = items

    def choices(self, shown: Iterable[Shown], users: Users) -> Iterator[Choice]:
        """A choice per list of a user in the sample whose items are known."""
        for one in shown:
            known = [item for item in one.items if item in self._items]
            rows = users.get(one.user_id, [])
            if rows and len(known) > 1 and one.chosen and one.chosen[0] in known:
                yield self._choice(one, known, rows)

    def _choice(self, one: Shown, known: list[str], rows: list[Row]) -> Choice:
        last = one.at.astimezone(self._zone).date() - datetime.timedelta(days=1)
        days = self._question.last - self._question.first
        question = msgspec.structs.replace(self._question, first=last - days, last=last)
        found = self._model.posteriors(rows, question)
        items = Items.of(((item, self._items[item]) for item in known), question.dimensions)
        where = places(found.start, items)
        return Choice(where.of(Lifts(found, where.categories).mean), known.index(one.chosen[0]))
