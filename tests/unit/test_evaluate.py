"""The evaluation: what it must notice, and what it must not make up."""

import datetime
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from flink_job.console.main import main
from flink_job.evaluate import calibration, coverage, rivals
from flink_job.evaluate.clusters import clustered, over_users, paired
from flink_job.evaluate.coverage import Held, buckets
from flink_job.evaluate.evaluate import Order, evaluate
from flink_job.evaluate.expectation import Expectation, People, of_lists, truth
from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.ground import ground as laid_out
from flink_job.evaluate.log import Log
from flink_job.evaluate.longrun import long_run
from flink_job.evaluate.occasions import NOTHING, Lists, Occasions, past, usable
from flink_job.evaluate.penchant import Penchant
from flink_job.evaluate.prediction import list_scores, log_scores, ranks, scored
from flink_job.evaluate.report import Report, covered, text
from flink_job.evaluate.simulated import simulated
from flink_job.evaluate.split import Split, split
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.shown import Shown
from flink_job.local.traffic.traffic import Traffic
from flink_job.local.traffic.truth import Oracle, Shares
from udfs.catalogues.catalogue import load
from udfs.errors import LogUnavailable, SettingsError
from udfs.model.decay import Decay
from udfs.model.items import Items, places
from udfs.model.priors import from_catalogue
from udfs.model.score import scores

END = datetime.date(2026, 11, 1)
DAYS = 10


@pytest.fixture(scope="module")
def log() -> Log:
    kind = Traffic(seed=3, users=40, rate=4_000 / (DAYS * 86_400))
    return simulated(load_items(load("films")), kind, 4_000, DAYS, END)


@pytest.fixture(scope="module")
def ground(log: Log) -> Ground:
    return laid_out(log)


@pytest.fixture(scope="module")
def model(ground: Ground) -> Penchant:
    catalogue = ground.log.catalogue
    return Penchant(catalogue, ground.space, ground.by_user, from_catalogue(catalogue), Decay())


@pytest.fixture(scope="module")
def test_period(ground: Ground) -> Occasions:
    return ground.occasions(ground.split.test)


@pytest.fixture(scope="module")
def report(log: Log) -> Report:
    return evaluate(log, Order(half_lives=(0.0, 30.0)), lambda said: None)


# The split


def test_periods_follow_each_other_and_hold_every_day() -> None:
    found = split(100, 130)
    assert (found.train.first, found.test.end) == (100, 130)
    assert (found.train.end, found.validation.end) == (found.validation.first, found.test.first)
    assert found == Split((100, 118), (118, 124), (124, 130))


def test_a_log_that_is_too_short_is_refused_with_the_mend() -> None:
    with pytest.raises(SettingsError, match="give a longer log"):
        split(100, 102)


def test_nothing_of_a_day_or_later_is_known_on_that_day(
    ground: Ground, model: Penchant, test_period: Occasions
) -> None:
    before = {
        name: [one for one in own if one.day < ground.split.test.first]
        for name, own in ground.histories.by_user.items()
    }
    catalogue = ground.log.catalogue
    blind = Penchant(catalogue, ground.space, list(before.values()), from_catalogue(catalogue), Decay())
    first = test_period.pick(test_period.day == ground.split.test.first)
    assert len(first.user) > 5
    assert np.array_equal(model.answers(first).forecast.chances, blind.answers(first).forecast.chances)


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


# Scores


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


# Users as clusters


def test_the_bootstrap_interval_of_equal_methods_holds_zero() -> None:
    rng = np.random.default_rng(4)
    score = rng.normal(size=400)
    equal = paired(score, score, rng)
    assert (equal.mean, equal.low, equal.high) == (0.0, 0.0, 0.0)
    noisy = paired(score, score + rng.normal(size=400), rng)
    assert noisy.low < 0.0 < noisy.high
    assert not noisy.is_clear


def test_a_better_method_is_clear() -> None:
    rng = np.random.default_rng(5)
    score = rng.normal(size=400)
    assert paired(score + 0.5 + 0.5 * rng.normal(size=400), score, rng).is_clear


def test_errors_are_larger_when_what_a_user_does_is_related() -> None:
    rng = np.random.default_rng(6)
    users = np.repeat(np.arange(100), 20)
    related = rng.normal(size=100)[users]
    alone = clustered(related, np.arange(len(related)))
    assert clustered(related, users).error > 3.0 * alone.error
    assert alone.error == pytest.approx(related.std() / np.sqrt(len(related)))


def test_users_without_a_value_do_not_count() -> None:
    assert over_users(np.array([1.0, np.nan, 3.0])).mean == 2.0


# Coverage


def _held(width: float) -> Held:
    """Shares drawn from a standard normal around the mean of intervals of so many standard deviations."""
    rng = np.random.default_rng(7)
    users = np.arange(4_000)
    mean = np.full(len(users), 0.2)
    drawn = mean + 0.05 * rng.normal(size=len(users))
    reach = np.full(len(users), 0.05 * width)
    return Held(users, mean, np.full(len(users), 30.0), mean - reach, mean + reach, drawn)


def test_honest_intervals_are_called_covered() -> None:
    (bucket,) = buckets(_held(1.645), by_share=True)
    assert covered(bucket)
    assert bucket.covered.mean == pytest.approx(0.9, abs=3 * bucket.covered.error)


@pytest.mark.parametrize("width", [1.2, 2.4])
def test_intervals_that_are_too_narrow_or_too_wide_are_not_called_covered(width: float) -> None:
    (bucket,) = buckets(_held(width), by_share=True)
    assert bucket.judged
    assert not covered(bucket)


def test_few_users_are_shown_and_not_judged() -> None:
    few = _held(1.2).pick(np.arange(4_000) < coverage.ENOUGH_USERS - 1)
    (bucket,) = buckets(few, by_share=True)
    assert not bucket.judged


# Calibration


def test_predictions_that_are_right_have_a_flat_histogram(ground: Ground, test_period: Occasions) -> None:
    counts = test_period.follows.toarray().sum(axis=0)
    marginal = np.broadcast_to(counts / ground.space.sums(counts)[ground.space.owner], test_period.follows.shape)
    everyone = test_period._replace(user=np.zeros_like(test_period.user))
    for one in calibration.quantiles(marginal, everyone, ground.space):
        assert sum(one.cells) == pytest.approx(1.0)
        assert one.deviation < 1e-6


def test_predictions_that_are_too_narrow_have_a_hollow_histogram(ground: Ground, test_period: Occasions) -> None:
    counts = test_period.follows.toarray().sum(axis=0)
    narrow = counts**4
    chances = np.broadcast_to(narrow / ground.space.sums(narrow)[ground.space.owner], test_period.follows.shape)
    found = {one.dimension: one for one in calibration.quantiles(chances, test_period, ground.space)}
    assert found["length"].cells[0] + found["length"].cells[-1] > 0.3
    assert found["length"].inside < 0.8


# The truth


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


# The whole


def test_the_model_beats_popularity_in_a_world_of_tastes(report: Report) -> None:
    (popularity,) = [one for one in report.methods if one.name == "popularity"]
    assert popularity.ahead_in_nats is not None
    assert popularity.ahead_in_nats.low > 0.0
    assert popularity.ahead_in_rank is not None
    assert popularity.ahead_in_rank.low > 0.0


def test_the_report_is_told_and_reads_back(report: Report) -> None:
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    told = text(report)
    assert "test 2026-10-30 to 2026-10-31" in told
    assert "coverage of 90%" in told


def test_equal_logs_have_equal_reports(log: Log, report: Report) -> None:
    assert evaluate(log, Order(half_lives=(0.0, 30.0)), lambda said: None) == report


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


def test_any_log_of_json_lines_is_evaluated_and_says_what_it_lacks(log: Log, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(record.value or b"" for record in log.records) + b"\nno event\n")
    arguments = ["evaluate", "--catalogue", "films", "--from", str(events), "--json", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out" / "report.json").read_text())
    assert found["coverage"] is None
    assert [one.split(":")[0] for one in found["missing"]] == ["coverage", "ranks (MRR, hit@10)"]
    assert found["refused"] == {"no_key": 1}
    assert {one.name for one in (tmp_path / "out").iterdir()} >= {"prediction.png", "calibration.png", "evidence.png"}


def test_a_log_without_any_event_is_refused_with_the_reasons(log: Log) -> None:
    empty = msgspec.structs.replace(log, records=[], shown=[])
    with pytest.raises(LogUnavailable, match="it is empty"):
        evaluate(empty, Order(), lambda said: None)


def test_nothing_is_known_before_a_period_without_occasions_nor_beyond_the_weights(ground: Ground) -> None:
    nobody = np.zeros(0, dtype=np.int64)
    assert past(ground.batches, nobody, nobody, [1.0]).shape[0] == 0
    user, day = ground.batches.user[-1:], ground.batches.day[-1:] + 500
    assert past(ground.batches, user, day, np.ones(400)).sum() == 0.0


def test_a_list_is_used_without_the_items_that_are_not_known(log: Log) -> None:
    rows = {"a": 0, "b": 1}
    at = datetime.datetime(2026, 10, 31, tzinfo=datetime.UTC)
    found = usable(Shown("ann", at, ["a", "sold", "b"], ["b"]), rows)
    assert found is not None
    assert found.items == ["a", "b"]
    for items, chosen in ((["a", "sold"], ["a"]), (["a", "b", "sold"], ["sold"]), (["a", "b"], [])):
        assert usable(Shown("ann", at, items, chosen), rows) is None
    odd = msgspec.structs.replace(log, shown=[*log.shown, Shown("ann", at, ["sold"], ["sold"])])
    assert any(f"1 of {len(odd.shown):,} lists" in one for one in evaluate(odd, Order((0.0,)), lambda _: None).missing)
