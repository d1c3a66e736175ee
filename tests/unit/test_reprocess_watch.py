"""How far a computation of history has come: from where it began to the end of the log as it grows."""

from flink_job.reprocess.watch import Advance, Watch


def test_what_lies_before_the_beginning_is_not_counted() -> None:
    advance = Watch({0: 100, 1: 10}).see(0.0, {0: 150, 1: 10}, {0: 200, 1: 110})
    assert advance == Advance(done=50, total=200, rate=0.0, left_s=None)


def test_rate_and_time_left_are_those_of_the_last_half_minute() -> None:
    watch = Watch({0: 0})
    found = [watch.see(float(second), {0: done}, {0: 10_000}) for second, done in ((0, 0), (60, 600), (80, 1_000))]
    assert found[-1].rate == 20
    assert found[-1].left_s == 450
    assert found[-1].line() == "1,000 of 10,000 records (10 %), 20 a second, 7:30 min left"


def test_an_empty_log_is_done() -> None:
    assert Watch({}).see(0.0, {}, {}).line() == "0 of 0 records (100 %), 0 a second"
