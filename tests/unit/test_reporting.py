"""How fast the job says it is."""

from flink_job.reporting import Pace


def test_the_pace_is_what_was_covered_over_the_last_minute() -> None:
    pace = Pace()
    assert pace.read(100, 0) == (0, 0.0)
    assert pace.read(400, 30_000) == (300, 30.0)
    assert pace.read(1_000, 60_000) == (900, 60.0)
    assert pace.read(1_000, 90_000) == (600, 60.0)


def test_a_log_at_rest_has_no_pace() -> None:
    pace = Pace()
    pace.read(100, 0)
    assert pace.read(100, 50_000) == (0, 50.0)


def test_offsets_that_step_back_are_no_growth() -> None:
    pace = Pace()
    pace.read(100, 0)
    assert pace.read(40, 10_000)[0] == 0
