"""The truth: what choices lead to in expectation, checked against the choices themselves."""

import datetime
import itertools
import math
from collections import Counter

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
SESSIONS = 250
USERS = range(12)


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
    strong = 0
    for truth in _truths(oracle, shown):
        for name, part in truth.dimensions.items():
            if isinstance(part, Number) and part.strength > 1.5 and len(part.points) == 1:
                transformed = items.catalogue.by_name[name].transformed
                point, shown_mean = transformed(part.points[0]), transformed(part.shown or math.nan)
                assert abs((part.mean or math.nan) - point) < abs(shown_mean - point)
                strong += 1
    assert strong >= 4


def test_choices_agree_with_the_truth_within_their_statistical_error(
    items: Items, oracle: Oracle, shown: dict[int, list[Shown]]
) -> None:
    """Per user and dimension, the favourite's share among many choices: standardised errors must look normal."""
    errors = []
    for number, lists in shown.items():
        truth = oracle.truth(user_id(number), lists, instant(NOW), weights=[1.0] * len(items.catalogue.types))
        errors += _errors(items, truth, lists)
    assert len(errors) > 20
    assert abs(np.mean(errors)) < 0.4
    # Choices from one list exclude each other, so the true error is a little below the binomial one.
    assert 0.4 < np.mean(np.square(errors)) < 1.4


def test_weighted_evidence_of_sessions_agrees_with_the_truth(
    items: Items, oracle: Oracle, played: dict[int, list[Session]], shown: dict[int, list[Shown]]
) -> None:
    weights = (1.0, 10.0, 50.0)
    name = next(dimension.name for dimension in items.catalogue.dimensions if dimension.kind == "categorical")
    for number, sessions in played.items():
        part = oracle.truth(user_id(number), shown[number], instant(NOW), weights).dimensions[name]
        assert isinstance(part, Shares)
        top, share = next(iter(part.shares.items()))
        evidence = _evidence(items, sessions, name, weights)
        total = sum(weight for _, weight in evidence)
        error = math.sqrt(sum(weight**2 for _, weight in evidence) * share * (1 - share)) / total
        assert abs(sum(weight for label, weight in evidence if label == top) / total - share) < 4 * error


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


def _errors(items: Items, truth: Truth, lists: list[Shown]) -> list[float]:
    errors = []
    for name, part in truth.dimensions.items():
        if isinstance(part, Shares) and part.favourites:
            favourite = max(part.favourites, key=part.favourites.__getitem__)
            column = items.columns[name]
            chosen = Counter(column[items.positions[item]] for one in lists for item in one.chosen)
            known = chosen.total() - chosen[None]
            share = part.shares[favourite]
            errors.append((chosen[favourite] / known - share) / math.sqrt(share * (1 - share) / known))
    return errors


def _evidence(
    items: Items, sessions: list[Session], name: str, weights: tuple[float, ...]
) -> list[tuple[object, float]]:
    """Each chosen item's category with the weight of its strongest type."""
    evidence: list[tuple[object, float]] = []
    for step in (step for session in sessions for step in session.steps):
        label = items.columns[name][step.item]
        if label is not None and step.code == 0:
            evidence.append((label, weights[0]))
        elif label is not None:
            evidence[-1] = (label, weights[step.code])
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
