"""The truth: what choices lead to in expectation, checked against the choices themselves."""

import datetime
import itertools
import math

import numpy as np
import pytest

from flink_job.local.traffic.columns import columns
from flink_job.local.traffic.items import Items, load
from flink_job.local.traffic.listings import Listings
from flink_job.local.traffic.message import instant
from flink_job.local.traffic.sessions import Session, Sessions
from flink_job.local.traffic.shown import Shown
from flink_job.local.traffic.tastes import user, user_id, user_number
from flink_job.local.traffic.truth import Number, Oracle, Shares, Truth, expected_weight, inclusion
from flink_job.local.traffic.truth_table import lines
from udfs.catalogues.catalogue import load as load_catalogue
from udfs.errors import QueryError

SEED = 5
NOW = 1_790_000_000.0
SESSIONS = 150
USERS = range(10)


@pytest.fixture(scope="module", params=["cars", "films"])
def items(request: pytest.FixtureRequest) -> Items:
    return load(load_catalogue(request.param))


@pytest.fixture(scope="module")
def oracle(items: Items) -> Oracle:
    return Oracle(items, SEED)


@pytest.fixture(scope="module")
def played(items: Items) -> dict[int, list[Session]]:
    matrices = columns(items)
    sessions = Sessions(matrices, Listings(matrices, SEED, 20), SEED, len(items.catalogue.types))
    rng = np.random.default_rng(11)
    return {number: sessions.play([number] * SESSIONS, NOW, rng) for number in USERS}


@pytest.fixture(scope="module")
def shown(items: Items, played: dict[int, list[Session]]) -> dict[int, list[Shown]]:
    return {number: _shown(items, number, sessions) for number, sessions in played.items()}


def test_inclusion_is_exact_for_up_to_three_choices() -> None:
    odds = np.array([0.1, 3.0, 1.0, 0.5, 7.0])
    for chosen in (1, 2, 3):
        assert inclusion(odds, chosen) == pytest.approx(_enumerated(odds.tolist(), chosen), rel=1e-12)
        assert inclusion(odds, chosen).sum() == pytest.approx(chosen)


def test_who_chooses_all_items_chooses_each() -> None:
    assert inclusion(np.array([0.2, 5.0, 1.0]), 3) == pytest.approx([1.0, 1.0, 1.0])


def test_the_expected_weight_is_the_mean_over_the_strongest_type() -> None:
    chance, weights = 0.3, (1.0, 4.0, 6.0)
    assert expected_weight(np.array([chance]), weights)[0] == pytest.approx(0.7 * 1 + 0.3 * 0.7 * 4 + 0.3 * 0.3 * 6)


def test_expected_and_shown_shares_sum_to_one(oracle: Oracle, shown: dict[int, list[Shown]]) -> None:
    for truth in _truths(oracle, shown):
        for part in truth.dimensions.values():
            if isinstance(part, Shares):
                assert sum(part.shares.values()) == pytest.approx(1)
                assert sum(part.shown.values()) == pytest.approx(1)


def test_whoever_strongly_likes_a_category_is_expected_to_choose_it_more_than_it_is_shown(
    oracle: Oracle, shown: dict[int, list[Shown]]
) -> None:
    strong = 0
    for truth in _truths(oracle, shown):
        for part in truth.dimensions.values():
            if isinstance(part, Shares) and part.strength > 1.5:
                favourite = max(part.favourites, key=part.favourites.__getitem__)
                assert part.shares[favourite] > part.shown[favourite]
                strong += 1
    assert strong >= 4


def test_whoever_likes_one_number_is_expected_closer_to_it_than_what_is_shown(
    items: Items, oracle: Oracle, shown: dict[int, list[Shown]]
) -> None:
    closer = []
    for truth in _truths(oracle, shown):
        for name, part in truth.dimensions.items():
            if isinstance(part, Number) and part.strength > 1.5 and len(part.points) == 1:
                transformed = items.catalogue.by_name[name].transformed
                point, shown_mean = transformed(part.points[0]), transformed(part.shown or math.nan)
                closer.append(abs((part.mean or math.nan) - point) < abs(shown_mean - point))
    # Not each time: another dimension of the same items may pull the other way.
    assert len(closer) >= 5
    assert sum(closer) >= 0.8 * len(closer)


def test_choices_agree_with_the_truth_within_their_statistical_error(
    items: Items, oracle: Oracle, shown: dict[int, list[Shown]]
) -> None:
    """Per user, the favourite's share among choices of one from a list: standardised errors must look normal."""
    errors = [error for number, lists in shown.items() for error in _errors(items, oracle, number, lists)]
    assert len(errors) > 20
    assert abs(np.mean(errors)) < 0.4
    assert 0.5 < np.mean(np.square(errors)) < 1.5


def test_the_evidence_of_sessions_agrees_with_the_truth(
    items: Items, oracle: Oracle, played: dict[int, list[Session]], shown: dict[int, list[Shown]]
) -> None:
    weights = (1.0, 3.0, 5.0)
    for number, sessions in played.items():
        evidence = _evidence(sessions, weights)
        truth = oracle.truth(user_id(number), shown[number], instant(NOW), weights)
        assert len(evidence) == truth.choices
        assert abs(sum(evidence) - truth.evidence) < 4 * np.std(evidence) * math.sqrt(len(evidence))


def test_a_taste_is_the_same_whenever_it_is_asked_and_another_for_another_user(items: Items) -> None:
    matrices = columns(items)
    again = [user(matrices, SEED, 7).first.worth.tolist() for _ in range(2)]
    assert again[0] == again[1]
    assert again[0] != user(matrices, SEED, 8).first.worth.tolist()
    assert again[0] != user(matrices, SEED + 1, 7).first.worth.tolist()


def test_a_drifting_user_goes_from_one_taste_to_the_other(items: Items) -> None:
    matrices = columns(items)
    drifter = next(who for number in range(200) if (who := user(matrices, SEED, number)).second is not None)
    assert drifter.second is not None
    start = NOW - (NOW / drifter.period_s + drifter.phase) % 1 * drifter.period_s
    some = np.arange(50)
    before = drifter.taste(start).utility(matrices, some)
    after = drifter.taste(start + drifter.period_s / 2).utility(matrices, some)
    assert 20 <= drifter.period_s / 2 / 86_400 <= 40
    assert before == pytest.approx(drifter.first.utility(matrices, some), abs=1e-6)
    assert after == pytest.approx(drifter.second.utility(matrices, some), abs=1e-6)


def test_utility_is_at_most_the_ceiling_and_reached_by_the_ideal(items: Items) -> None:
    matrices = columns(items)
    every = np.arange(len(items.ids))
    for number in USERS:
        taste = user(matrices, SEED, number).taste(NOW)
        utility = taste.utility(matrices, every)
        assert utility.min() >= 0
        assert 0.5 * taste.ceiling < utility.max() <= taste.ceiling + 1e-9


def test_a_user_of_whom_nothing_was_shown_still_has_a_taste(oracle: Oracle) -> None:
    truth = oracle.truth("user-00003", [], datetime.datetime.fromtimestamp(NOW, datetime.UTC))
    assert truth.lists == truth.choices == 0
    assert any(part.strength > 0 for part in truth.dimensions.values())
    assert len(lines(truth)) == 1 + len(truth.dimensions)


@pytest.mark.parametrize("name", ["user-7", "crawler-00", "user-", "user-0000x", "user-²²²²²", ""])
def test_the_id_of_nobody_is_refused(name: str) -> None:
    with pytest.raises(QueryError, match="user-00007"):
        user_number(name)


def test_user_ids_lead_back_to_users() -> None:
    assert [user_number(user_id(number)) for number in (0, 99_999, 1_234_567)] == [0, 99_999, 1_234_567]


def _shown(items: Items, number: int, sessions: list[Session]) -> list[Shown]:
    pages = [step.page for session in sessions for step in session.steps if step.page]
    names = items.ids
    return [
        Shown(user_id(number), instant(NOW), [names[i] for i in page.shown], [names[i] for i in page.chosen])
        for page in pages
    ]


def _truths(oracle: Oracle, shown: dict[int, list[Shown]]) -> list[Truth]:
    return [oracle.truth(user_id(number), lists[:200], instant(NOW)) for number, lists in shown.items()]


def _errors(items: Items, oracle: Oracle, number: int, lists: list[Shown]) -> list[float]:
    """Per dimension with a favourite: (chosen - expected) / standard deviation, summed over lists with one choice."""
    sums: dict[str, tuple[float, float]] = {}
    for one in (one for one in lists if len(one.chosen) == 1):
        truth = oracle.truth(user_id(number), [one], instant(NOW), weights=[1.0] * len(items.catalogue.types))
        for name, part in truth.dimensions.items():
            label = items.columns[name][items.positions[one.chosen[0]]]
            if isinstance(part, Shares) and part.favourites and label is not None:
                favourite = max(part.favourites, key=part.favourites.__getitem__)
                share = part.shares.get(favourite, 0.0)
                off, variance = sums.get(name, (0.0, 0.0))
                sums[name] = (off + (label == favourite) - share, variance + share * (1 - share))
    return [off / math.sqrt(variance) for off, variance in sums.values() if variance > 5]


def _evidence(sessions: list[Session], weights: tuple[float, ...]) -> list[float]:
    """The weight of the strongest type of each chosen item."""
    evidence: list[float] = []
    for step in (step for session in sessions for step in session.steps):
        if step.code == 0:
            evidence.append(0.0)
        evidence[-1] = weights[step.code]
    return evidence


def _enumerated(odds: list[float], chosen: int) -> list[float]:
    found = [0.0] * len(odds)
    for order in itertools.permutations(range(len(odds)), chosen):
        chance, left = 1.0, sum(odds)
        for item in order:
            chance *= odds[item] / left
            left -= odds[item]
        for item in order:
            found[item] += chance
    return found
