"""The evaluation as a whole: its periods, what is known in them, and its report."""

import datetime
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from flink_job.console.main import main
from flink_job.evaluate.evaluate import Order, evaluate
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.log import Log
from flink_job.evaluate.occasions import Occasions, usable
from flink_job.evaluate.penchant import Penchant
from flink_job.evaluate.report import Report, text
from flink_job.evaluate.split import Split, split
from flink_job.local.traffic.shown import Shown
from udfs.errors import LogUnavailable, SettingsError
from udfs.model.decay import Decay
from udfs.model.priors import from_catalogue


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
