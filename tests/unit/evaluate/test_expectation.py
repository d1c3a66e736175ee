"""The truth of a made world, given its lists and in the long run."""

import datetime

import msgspec
import numpy as np
import pytest

from flink_job.evaluate.expectation import Expectation, People, of_lists, truth
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.longrun import long_run
from flink_job.local.traffic.truth import Oracle, Shares


def test_the_truth_given_the_lists_is_that_of_the_oracle(ground: Ground) -> None:
    world, name = ground.log.world, ground.batches.users[0]
    assert world is not None
    shown = [one for one in ground.log.shown if one.user_id == name]
    # Far apart, so that no item counts once for two lists.
    apart = [
        msgspec.structs.replace(one, at=shown[0].at + datetime.timedelta(hours=2 * place))
        for place, one in enumerate(shown)
    ]
    weights = ground.log.catalogue.weights
    expected = Oracle(world.items, world.seed).truth(name, apart, apart[-1].at).dimensions["genre"]
    found = _truth(ground, of_lists(world, People(world), apart, {name: 0}), weights)
    assert isinstance(expected, Shares)
    for label, slot in ground.space.places[0].items():
        assert found[slot] == pytest.approx(expected.shares.get(label, 0.0), abs=0.003)


def test_many_lists_approach_the_long_run(ground: Ground) -> None:
    world = ground.log.world
    assert world is not None
    weights, lists = ground.log.catalogue.weights, [one for one in ground.log.shown if one.user_id.endswith("00000")]
    name, people = lists[0].user_id, People(world)
    moments = {name: [(one.at.timestamp(), 1.0) for one in lists]}
    run = long_run(world, people, moments, {name: 0}, np.random.default_rng(8), 20)
    again = long_run(world, people, moments, {name: 0}, np.random.default_rng(9), 20)
    given = _truth(ground, of_lists(world, people, lists, {name: 0}), weights)
    genre = slice(0, len(ground.space.labels[0]))
    assert _truth(ground, run, weights)[genre] == pytest.approx(_truth(ground, again, weights)[genre], abs=0.03)
    assert _truth(ground, run, weights)[genre] == pytest.approx(given[genre], abs=0.1)


def _truth(ground: Ground, found: Expectation, weights: tuple[float, ...]) -> "np.typing.NDArray[np.float64]":
    days = dict.fromkeys(range(30_000), 1.0)
    shares: np.typing.NDArray[np.float64] = truth(found, found.weights(weights, days), 1, ground.offer, ground.space)[
        0
    ][0]
    return shares
