"""The margin: what is left of the state's time to live, less the late events' share and the job's lag."""

import pytest

from flink_job.restore import margin_ms
from flink_job.settings import JobSettings
from udfs.events.batch import HOUR_MS, SKEW_MS


@pytest.mark.parametrize(
    ("ttl_hours", "behind_hours", "left_hours"), [(24, 0, 17), (24, 10, 7), (24, 17, 0), (7, 1, -1)]
)
def test_the_margin_is_the_time_to_live_less_seven_hours_five_minutes_and_the_lag(
    ttl_hours: int, behind_hours: int, left_hours: int
) -> None:
    settings = JobSettings(state_ttl_hours=ttl_hours)
    assert margin_ms(settings, behind_hours * HOUR_MS) == left_hours * HOUR_MS - SKEW_MS
