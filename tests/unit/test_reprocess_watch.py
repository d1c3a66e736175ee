"""How far a computation of history has come: from where it began to the end of the log as it grows."""

from flink_job.reprocess.watch import Advance, Watch


def test_what_lies_before_the_beginning_is_not_counted() -> None:
    advance = Watch({0: 100, 1: 10}).see(0.0, {0: 150, 1: 10}, {0: 200, 1: 110}, {0: 160, 1: 20})
    assert advance == Advance(done=50, total=200, rate=0.0, left_s=None, filling_s=None)
    assert advance.slowness(24) == ""


def test_rate_and_time_left_are_those_of_the_last_half_minute() -> None:
    watch = Watch({0: 0})
    readings = ((0, 0), (60, 600), (80, 1_000))
    found = [watch.see(float(second), {0: done}, {0: 10_000}, {0: done}) for second, done in readings]
    assert found[-1].rate == 20
    assert found[-1].left_s == 450
    assert found[-1].line() == "1,000 of 10,000 records (10 %), 20 a second, 7:30 min left"


def test_an_empty_log_is_done() -> None:
    assert Watch({}).see(0.0, {}, {}, {}).line() == "0 of 0 records (100 %), 0 a second"


def test_while_a_batch_fills_each_partition_takes_the_records_that_it_has_not_read_of_that_time() -> None:
    watch, ends, filled = Watch({0: 0, 1: 0}), {0: 9_000, 1: 9_000}, {0: 700, 1: 300}
    watch.see(0.0, {0: 0, 1: 0}, ends, filled)
    assert watch.see(10.0, {0: 100, 1: 500}, ends, filled).filling_s == 10


def test_a_job_of_whose_batches_the_first_events_expire_before_the_last_ones_come_is_too_slow() -> None:
    advance = Advance(1_000, 10_000, 20.0, 450.0, 24 * 3600.0)
    assert advance.slowness(24) == ""
    said = advance._replace(filling_s=40 * 3600.0).slowness(24)
    assert "take 40 h, but state lives 24 h" in said
    assert "a higher --rate" in said
