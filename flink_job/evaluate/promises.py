"""Promises: the intervals at the start of the test period, held against the hidden truth of all days before.

In: the ground of a simulated log, and the model. Out: `Coverage`.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from flink_job.evaluate.coverage import buckets
from flink_job.evaluate.expectation import Expectation, People, of_lists, truth
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.log import World
from flink_job.evaluate.longrun import long_run
from flink_job.evaluate.penchant import Penchant
from flink_job.evaluate.report import Coverage
from flink_job.local.traffic.shown import Shown
from udfs.events.batch import Calendar

LEVEL = 0.9
"""Probability of the intervals that are judged."""


def kept(ground: Ground, world: World, model: Penchant, size: int, rng: np.random.Generator) -> Coverage:
    """The coverage of intervals against both truths; `size`: items on a page."""
    day = ground.split.test.first
    people, places = People(world), {name: place for place, name in enumerate(ground.batches.users)}
    calendar = Calendar(ground.log.catalogue.time_zone)
    days = model.weights_of_days(ground.split.train.first, day)
    before = [
        (at, one)
        for one in ground.log.shown
        if one.user_id in places and (at := calendar.day(round(one.at.timestamp() * 1000))[0]) < day
    ]
    expected = _long_run(world, people, before, days, places, size, rng)
    given = of_lists(world, people, [one for _, one in before], places)
    weights = ground.log.catalogue.weights
    main = truth(expected, expected.weights(weights, {0: 1.0}), ground.users, ground.offer, ground.space)
    found = model.intervals(day, main, LEVEL)
    under = model.intervals(
        day, truth(given, given.weights(weights, days), ground.users, ground.offer, ground.space), LEVEL
    )
    names = ground.space.names
    by_dimension = {
        names[place]: buckets(part.pick(owner == place), by_share=False)
        for part, owner in ((found.shares, found.share_dimension), (found.means, found.mean_dimension))
        for place in np.unique(owner).tolist()
    }
    return Coverage(
        level=LEVEL,
        users=len(np.unique(found.shares.user)),
        shares=buckets(found.shares, by_share=True),
        means=buckets(found.means, by_share=False),
        by_dimension=by_dimension,
        shares_given_lists=buckets(under.shares, by_share=True),
        means_given_lists=buckets(under.means, by_share=False),
    )


def _long_run(
    world: World,
    people: People,
    before: Sequence[tuple[int, Shown]],
    days: dict[int, float],
    places: dict[str, int],
    size: int,
    rng: np.random.Generator,
) -> Expectation:
    moments: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for day, one in before:
        if days.get(day):
            moments[one.user_id].append((one.at.timestamp(), days[day]))
    return long_run(world, people, moments, places, rng, size)
