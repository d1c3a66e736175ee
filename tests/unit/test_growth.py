"""How much a number grew over the last while: what the job says of its speed rests on it."""

from flink_job.growth import Growth


def test_the_pace_is_what_was_covered_over_the_last_minute() -> None:
    pace = Growth(60.0)
    assert pace.read(100, 0.0) == (0, 0.0)
    assert pace.read(400, 30.0) == (300, 30.0)
    assert pace.read(1_000, 60.0) == (900, 60.0)
    assert pace.read(1_000, 90.0) == (600, 60.0)


def test_a_log_at_rest_has_no_pace() -> None:
    pace = Growth(60.0)
    pace.read(100, 0.0)
    assert pace.read(100, 50.0) == (0, 50.0)


def test_offsets_that_step_back_are_no_growth() -> None:
    pace = Growth(60.0)
    pace.read(100, 0.0)
    assert pace.read(40, 10.0)[0] == 0
