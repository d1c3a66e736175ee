"""The evaluation, in order: fold, split, fit on train, tune on validation, and look at the test period once.

In: a log. Out: a `Report`. Whatever needs the hidden truth or what was shown is left out where the log lacks it, and
the report says why.
"""

from collections.abc import Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from flink_job.evaluate import calibration
from flink_job.evaluate.clusters import over_users, paired
from flink_job.evaluate.coverage import EVIDENCE
from flink_job.evaluate.expectation import People
from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.ground import Ground, ground
from flink_job.evaluate.log import Log
from flink_job.evaluate.occasions import Occasions, usable
from flink_job.evaluate.prediction import Scores, scored
from flink_job.evaluate.promises import kept
from flink_job.evaluate.report import Breakdown, Method, Periods, Report
from flink_job.evaluate.space import Floats, Space
from flink_job.evaluate.split import Split
from flink_job.evaluate.tuning import Contender, Say, models, tuned


class Order(msgspec.Struct, frozen=True):
    """What is asked: half-lives in days to choose from (0 is none), days held out, and what fixes the resampling."""

    half_lives: tuple[float, ...] = (0.0, 14.0, 30.0, 60.0)
    held_out: int | None = None
    seed: int = 0
    list_size: int = 20


def evaluate(log: Log, order: Order, say: Say) -> Report:
    """Evaluate the model on a log. Raises LogUnavailable or SettingsError when it is too short."""
    base = ground(log, order.held_out)
    say(f"{len(log.records):,} events of {base.users:,} users; {_dates(base.split)}")
    validation = base.occasions(base.split.validation)
    known = models(base, order.half_lives)
    ours, others = tuned(base, known, validation, say)
    test = base.occasions(base.split.test)
    say(f"test: {len(test.user):,} occasions, {len(test.lists.occasion):,} lists")
    model = known[ours.parameters]
    answers = model.answers(test)
    everyone = [ours, *others]
    groups = _groups(base, test, answers.n_eff)
    results: dict[str, dict[str, Scores]] = {name: {} for name in groups}
    for one in everyone:
        # One at a time: a forecast has a number for each occasion and slot.
        forecast = answers.forecast if one is ours else one.forecast(test)
        for name, chosen in groups.items():
            results[name][one.name] = _scores(base, one, forecast, test, chosen)
    rng = np.random.default_rng(order.seed)
    whole = results.pop("all")
    return Report(
        catalogue=log.catalogue.name,
        periods=_periods(base.split),
        users=base.users,
        occasions=len(test.user),
        lists=len(test.lists.occasion),
        refused={str(reason): count for reason, count in base.histories.recount.reasons.items()},
        methods=[_method(one, whole[one.name], whole[ours.name], base.space, rng) for one in everyone],
        coefficients=dict(zip(base.space.names, ours.coefficients.tolist(), strict=True)),
        breakdowns=[_breakdown(name, found, rng) for name, found in results.items()],
        coverage=kept(base, log.world, model, order.list_size, np.random.default_rng(order.seed))
        if log.world
        else None,
        quantiles=calibration.quantiles(answers.forecast.chances, test, base.space),
        categories=calibration.categories(answers.forecast.chances, test, base.space),
        missing=_missing(log, base.offer.rows),
    )


def _groups(base: Ground, test: Occasions, n_eff: Floats) -> dict[str, npt.NDArray[np.bool_]]:
    """Which occasions belong to each breakdown, by its name."""
    evidence = n_eff.max(axis=1)
    found = {"all": np.ones(len(test.user), dtype=np.bool_), "new users (no evidence)": evidence == 0.0}
    for low, high in zip(EVIDENCE, (*EVIDENCE[1:], np.inf), strict=True):
        name = f"n_eff from {low:g}" if np.isinf(high) else f"n_eff {low:g} to {high:g}"
        found[name] = (evidence > 0.0) & (evidence >= low) & (evidence < high)
    if base.log.world:
        people = People(base.log.world)
        drifts = np.array([people.user(name).second is not None for name in base.batches.users])
        found |= {"drifting users": drifts[test.user], "steady users": ~drifts[test.user]}
    return {name: chosen for name, chosen in found.items() if chosen.any()}


def _scores(base: Ground, one: Contender, forecast: Forecast, test: Occasions, chosen: npt.NDArray[np.bool_]) -> Scores:
    return scored(forecast.pick(chosen), one.coefficients, test.pick(chosen), base.space, base.offer.slots, base.users)


def _method(one: Contender, own: Scores, ours: Scores, values: Space, rng: np.random.Generator) -> Method:
    rival = own is not ours
    return Method(
        name=one.name,
        parameters=one.parameters,
        log_score=over_users(own.summed),
        by_dimension={name: over_users(own.log[:, place]).mean for place, name in enumerate(values.names)},
        reciprocal_rank=over_users(own.reciprocal),
        hit=over_users(own.hit),
        ahead_in_nats=paired(ours.summed, own.summed, rng) if rival else None,
        ahead_in_rank=paired(ours.reciprocal, own.reciprocal, rng) if rival else None,
        ahead_in_hits=paired(ours.hit, own.hit, rng) if rival else None,
    )


def _breakdown(name: str, found: dict[str, Scores], rng: np.random.Generator) -> Breakdown:
    ours, rivals_ = next(iter(found.values())), list(found.items())[1:]
    return Breakdown(
        group=name,
        users=int((~np.isnan(ours.summed)).sum()),
        log_score={method: over_users(own.summed).mean for method, own in found.items()},
        reciprocal_rank={method: over_users(own.reciprocal).mean for method, own in found.items()},
        ahead_in_nats={m: paired(ours.summed, own.summed, rng) for m, own in rivals_},
        ahead_in_rank={m: paired(ours.reciprocal, own.reciprocal, rng) for m, own in rivals_},
    )


def _periods(found: Split) -> Periods:
    return Periods(found.train.dates, found.validation.dates, found.test.dates)


def _dates(found: Split) -> str:
    periods = zip(("train", "validation", "test"), found, strict=True)
    return ", ".join(f"{name} {one.dates[0]} to {one.dates[1]}" for name, one in periods)


def _missing(log: Log, rows: Mapping[str, int]) -> list[str]:
    found = []
    if log.world is None:
        found.append("coverage: no hidden truth is known of this log; only simulated traffic has one")
    if not log.shown:
        found.append("ranks (MRR, hit@10): what was shown is not known; give --shown")
    elif left := sum(bool(one.chosen) and usable(one, rows) is None for one in log.shown):
        found.append(f"{left:,} of {len(log.shown):,} lists: no choice among known items is left; give --items")
    return found
