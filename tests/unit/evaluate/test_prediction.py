"""Predictions and ranks: what is right scores best, and rivals know as much as the model."""

import numpy as np
import pytest

from flink_job.evaluate import rivals
from flink_job.evaluate.clusters import paired
from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.occasions import NOTHING, Lists, Occasions, past
from flink_job.evaluate.penchant import Penchant
from flink_job.evaluate.prediction import list_scores, log_scores, ranks, scored
from udfs.model.items import Items, places
from udfs.model.score import scores


def test_rivals_see_the_same_days_as_the_model(ground: Ground, test_period: Occasions) -> None:
    weights = past(ground.batches, test_period.user, test_period.day, np.ones(100)).tocoo()
    assert np.all(ground.batches.day[weights.col] < test_period.day[weights.row])
    assert np.all(ground.batches.user[weights.col] == test_period.user[weights.row])


def test_the_population_of_rivals_is_that_of_the_training_period(ground: Ground) -> None:
    train = ground.split.train
    later = ground.batches.day >= train.end
    emptied = ground.batches._replace(counts=ground.batches.counts.multiply(~later[:, None]).tocsr())
    own = rivals.population(ground.batches, ground.space, train)
    assert own == pytest.approx(rivals.population(emptied, ground.space, train))


def test_the_last_ten_items_are_ten_or_all_there_are(ground: Ground, test_period: Occasions) -> None:
    weights = rivals.last_items(ground.batches, test_period.user, test_period.day)
    everything = past(ground.batches, test_period.user, test_period.day, np.ones(100)) @ ground.batches.items
    assert weights @ ground.batches.items == pytest.approx(np.minimum(everything, rivals.LAST))


def test_nothing_is_known_before_a_period_without_occasions_nor_beyond_the_weights(ground: Ground) -> None:
    nobody = np.zeros(0, dtype=np.int64)
    assert past(ground.batches, nobody, nobody, [1.0]).shape[0] == 0
    user, day = ground.batches.user[-1:], ground.batches.day[-1:] + 500
    assert past(ground.batches, user, day, np.ones(400)).sum() == 0.0


def test_the_true_probabilities_have_the_best_log_score(ground: Ground, test_period: Occasions) -> None:
    follows = test_period.follows.toarray()
    true = (follows + 1e-3) / ground.space.sums(follows + 1e-3)[:, ground.space.owner]
    wrong = 0.5 * true + 0.5 * rivals.uniform(ground.space)
    best, other = (log_scores(one, test_period, ground.space, ground.users) for one in (true, wrong))
    assert np.nanmean(best) > np.nanmean(other)
    assert paired(np.nansum(best, axis=1), np.nansum(other, axis=1), np.random.default_rng(1)).low > 0.0


def test_a_method_that_knows_the_choice_ranks_it_first(ground: Ground, test_period: Occasions) -> None:
    lists = test_period.lists
    known = np.zeros(len(ground.offer.slots))
    one = lists._replace(occasion=lists.occasion[:1], items=lists.items[:1], chosen=lists.chosen[:1])
    known[one.items[0, one.chosen[0]]] = 1.0
    forecast = Forecast(np.zeros((1, 1)), np.zeros((1, 1)), known)
    found = ranks(list_scores(forecast, np.ones(1), one, ground.offer.slots), one)
    assert (found.reciprocal[0], found.hit[0]) == (1.0, 1.0)


def test_equal_scores_are_ranked_in_any_order() -> None:
    lists = Lists(np.array([0]), np.array([[5, 6, 7, NOTHING]]), np.array([1]))
    found = ranks(np.zeros((1, 4)), lists)
    assert found.reciprocal[0] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert found.hit[0] == 1.0


def test_every_half_of_a_tie_is_scored_alike(ground: Ground, test_period: Occasions) -> None:
    flat = np.broadcast_to(rivals.uniform(ground.space), test_period.follows.shape)
    found = scored(
        Forecast(flat, np.zeros(flat.shape)),
        np.ones(len(ground.space.names)),
        test_period,
        ground.space,
        ground.offer.slots,
        ground.users,
    )
    # The mean of 1 / rank over a page of about twenty items in any order.
    assert 0.15 < np.nanmean(found.reciprocal) < 0.25


def test_lists_are_ranked_as_the_api_ranks_them(ground: Ground, model: Penchant, test_period: Occasions) -> None:
    forecast, lists = model.answers(test_period).forecast, test_period.lists
    found = list_scores(forecast, np.ones(len(ground.space.names)), lists, ground.offer.slots)
    names = list(ground.offer.rows)
    for place in range(0, len(lists.occasion), 50):
        row = [item for item in lists.items[place].tolist() if item != NOTHING]
        occasion = lists.occasion[place]
        believed = model.believed(int(test_period.user[occasion]), int(test_period.day[occasion]))
        items = Items.of(((names[item], ground.log.items[names[item]]) for item in row), believed.start.names)
        asked = scores(believed, places(believed.start, items))
        lifts = {one.id: one.lift for one in asked}
        assert found[place, : len(row)] == pytest.approx([lifts[names[item]] for item in row], abs=1e-9)
