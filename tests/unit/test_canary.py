"""Canaries: how fresh profiles are, as quantiles that lost flights make worse and not better."""

import math

import pytest

from flink_job.local.canary import BUCKETS_S, Flight, pause_s, quantile

FLIGHTS = [Flight(0.0, seconds / 10) for seconds in range(100)]


@pytest.mark.parametrize(("level", "seconds"), [(0.0, 0.0), (0.5, 5.0), (0.99, 9.9), (1.0, 9.9)])
def test_a_quantile_is_the_time_within_which_that_share_landed(level: float, seconds: float) -> None:
    assert quantile(FLIGHTS[::-1], level) == seconds


def test_a_canary_that_was_lost_counts_as_endless() -> None:
    assert quantile([*FLIGHTS, Flight(0.0, None)], 1.0) == math.inf
    assert quantile([*FLIGHTS, Flight(0.0, None)], 0.5) == 5.0


def test_who_waits_longer_looks_less_often_so_that_many_in_flight_do_not_take_the_machine() -> None:
    assert [pause_s(seconds) for seconds in (0.0, 1.0, 10.0, 100.0)] == [0.05, 0.05, 0.5, 5.0]


def test_the_histogram_tells_the_goal_and_the_promise_apart() -> None:
    assert {5.0, 30.0} <= set(BUCKETS_S)
    assert list(BUCKETS_S) == sorted(BUCKETS_S)
