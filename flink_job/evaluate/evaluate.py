"""The evaluation, in order: fold, split, fit on train, tune on validation, and look at the test period once.

In: a log. Out: a `Report`. Whatever needs the hidden truth or what was shown is left out where the log lacks it, and
the report says why.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from flink_job.evaluate import calibration, penchant
from flink_job.evaluate.clusters import over_users, paired
from flink_job.evaluate.coverage import EVIDENCE, buckets
from flink_job.evaluate.expectation import Expectation, People, of_lists, truth
from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.histories import Folded, Histories, histories
from flink_job.evaluate.log import Log, World
from flink_job.evaluate.longrun import long_run
from flink_job.evaluate.occasions import Occasions, Table, occasions, table
from flink_job.evaluate.offer import Offer, offer
from flink_job.evaluate.penchant import Penchant
from flink_job.evaluate.prediction import Scores, scored
from flink_job.evaluate.report import Breakdown, Coverage, Method, Periods, Report
from flink_job.evaluate.rivals import Setting, item_counts, rivals
from flink_job.evaluate.space import Floats, Space, space
from flink_job.evaluate.split import Period, Split, split
from flink_job.local.traffic.shown import Shown
from udfs.events.batch import Calendar
from udfs.model.decay import Decay

LEVEL = 0.9
"""Probability of the intervals that are judged."""

Say = Callable[[str], None]


class Order(msgspec.Struct, frozen=True):
    """What is asked: half-lives in days to choose from (0 is none), days held out, and what fixes the resampling."""

    half_lives: tuple[float, ...] = (0.0, 14.0, 30.0, 60.0)
    held_out: int | None = None
    seed: int = 0
    list_size: int = 20


class Ground(NamedTuple):
    """What every part of an evaluation stands on."""

    log: Log
    histories: Histories
    space: Space
    batches: Table
    offer: Offer
    split: Split

    @property
    def by_user(self) -> list[list[Folded]]:
        """Each user's batches, by place."""
        return list(self.histories.by_user.values())

    @property
    def users(self) -> int:
        """How many users there are."""
        return len(self.batches.users)

    def occasions(self, period: Period) -> Occasions:
        """The occasions of a period."""
        return occasions(self.batches, self.log, self.offer.rows, period)


class Contender(NamedTuple):
    """A method as validation has made it."""

    name: str
    parameters: str
    forecast: Callable[[Occasions], Forecast]
    coefficients: Floats


def evaluate(log: Log, order: Order, say: Say) -> Report:
    """Evaluate the model on a log. Raises LogUnavailable or SettingsError when it is too short."""
    ground = _ground(log, order)
    say(f"{len(log.records):,} events of {ground.users:,} users; {_dates(ground.split)}")
    validation = ground.occasions(ground.split.validation)
    models = _models(ground, order)
    ours, others = _tuned(ground, models, validation, say)
    test = ground.occasions(ground.split.test)
    say(f"test: {len(test.user):,} occasions, {len(test.lists.occasion):,} lists")
    model = models[ours.parameters]
    answers = model.answers(test)
    forecasts = {one.name: one.forecast(test) for one in others} | {ours.name: answers.forecast}
    everyone = [ours, *others]
    groups = _groups(ground, test, answers.n_eff)
    results = {name: _scores(ground, everyone, forecasts, test, chosen) for name, chosen in groups.items()}
    rng = np.random.default_rng(order.seed)
    whole = results.pop("all")
    return Report(
        catalogue=log.catalogue.name,
        periods=_periods(ground.split),
        users=ground.users,
        occasions=len(test.user),
        lists=len(test.lists.occasion),
        refused={str(reason): count for reason, count in ground.histories.recount.reasons.items()},
        methods=[_method(one, whole[one.name], whole[ours.name], ground.space, rng) for one in everyone],
        coefficients=dict(zip(ground.space.names, ours.coefficients.tolist(), strict=True)),
        breakdowns=[_breakdown(name, found, rng) for name, found in results.items()],
        coverage=_coverage(ground, model, order, say) if log.world else None,
        quantiles=calibration.quantiles(answers.forecast.chances, test, ground.space),
        categories=calibration.categories(answers.forecast.chances, test, ground.space),
        missing=_missing(log),
    )


def _ground(log: Log, order: Order) -> Ground:
    found = histories(log, penchant.RETENTION_DAYS)
    seen = (one.statistics for own in found.by_user.values() for one in own)
    values = space(log.catalogue, seen, log.items.values())
    batches = table(found.by_user, values)
    return Ground(log, found, values, batches, offer(log.items, values), split(*found.days, order.held_out))


def _models(ground: Ground, order: Order) -> dict[str, Penchant]:
    """A model per decay, by its name; each with priors of the training period."""
    found = {}
    for half_life in order.half_lives:
        decay = Decay("exponential", half_life) if half_life else Decay()
        items = list(ground.log.items.values())
        priors = penchant.fit_priors(
            ground.log.catalogue, ground.space, ground.by_user, ground.split.train, decay, items
        )
        found[_named(half_life)] = Penchant(ground.log.catalogue, ground.space, ground.by_user, priors, decay)
    return found


def _named(half_life: float) -> str:
    return f"half-life {half_life:g} d" if half_life else "no decay"


def _tuned(
    ground: Ground, models: dict[str, Penchant], validation: Occasions, say: Say
) -> tuple[Contender, list[Contender]]:
    """Penchant and its rivals, each with the setting whose log score on the validation period is best."""
    own = [
        Setting("penchant", name, lambda asked, model=model: model.answers(asked).forecast)  # type: ignore[misc]
        for name, model in models.items()
    ]
    shown = item_counts(ground.occasions(ground.split.train).lists, len(ground.offer.slots))
    ours = _best(ground, own, validation, say)
    others = [
        _best(ground, one, validation, say) for one in rivals(ground.batches, ground.space, ground.split.train, shown)
    ]
    if ours.parameters != "no decay" and "no decay" in models:
        steady = [one._replace(name="no decay") for one in own if one.parameters == "no decay"]
        others.append(_best(ground, steady, validation, say))
    return ours, others


def _best(ground: Ground, settings: Sequence[Setting], validation: Occasions, say: Say) -> Contender:
    tried = []
    for setting in settings:
        forecast = setting.forecast(validation)
        coefficients = penchant.fit_coefficients(forecast.lifts, validation.lists, ground.offer.slots)
        found = scored(forecast, coefficients, validation, ground.space, ground.offer.slots, ground.users)
        log_score, reciprocal = over_users(found.summed).mean, over_users(found.reciprocal).mean
        say(f"  {setting.name:<18} {setting.parameters:<40} validation: {log_score:8.3f} nats, MRR {reciprocal:.4f}")
        tried.append((log_score, reciprocal, Contender(*setting, coefficients)))
    return max(tried, key=lambda one: one[:2])[2]


def _groups(ground: Ground, test: Occasions, n_eff: Floats) -> dict[str, npt.NDArray[np.bool_]]:
    """Which occasions belong to each breakdown, by its name."""
    evidence = n_eff.max(axis=1)
    found = {"all": np.ones(len(test.user), dtype=np.bool_), "new users (no evidence)": evidence == 0.0}
    for low, high in zip(EVIDENCE, (*EVIDENCE[1:], np.inf), strict=True):
        name = f"n_eff from {low:g}" if np.isinf(high) else f"n_eff {low:g} to {high:g}"
        found[name] = (evidence > 0.0) & (evidence >= low) & (evidence < high)
    if ground.log.world:
        people = People(ground.log.world)
        drifts = np.array([people.user(name).second is not None for name in ground.batches.users])
        found |= {"drifting users": drifts[test.user], "steady users": ~drifts[test.user]}
    return {name: chosen for name, chosen in found.items() if chosen.any()}


def _scores(
    ground: Ground,
    everyone: Sequence[Contender],
    forecasts: dict[str, Forecast],
    test: Occasions,
    chosen: npt.NDArray[np.bool_],
) -> dict[str, Scores]:
    here = test.pick(chosen)
    return {
        one.name: scored(
            forecasts[one.name].pick(chosen), one.coefficients, here, ground.space, ground.offer.slots, ground.users
        )
        for one in everyone
    }


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


def _coverage(ground: Ground, model: Penchant, order: Order, say: Say) -> Coverage:
    """Intervals at the start of the test period, against both truths of all days before."""
    world, day = ground.log.world, ground.split.test.first
    assert world is not None
    people, places = People(world), {name: place for place, name in enumerate(ground.batches.users)}
    calendar = Calendar(ground.log.catalogue.time_zone)
    days = model.weights_of_days(ground.split.train.first, day)
    before = [
        (at, one)
        for one in ground.log.shown
        if one.user_id in places and (at := calendar.day(round(one.at.timestamp() * 1000))[0]) < day
    ]
    expected = _long_run(world, people, before, days, places, order)
    given = of_lists(world, people, [one for _, one in before], places)
    say("coverage: the truth is known")
    weights = ground.log.catalogue.weights
    main = truth(expected, expected.weights(weights, {0: 1.0}), ground.users, ground.offer, ground.space)
    found = model.intervals(day, main, LEVEL)
    under = model.intervals(
        day, truth(given, given.weights(weights, days), ground.users, ground.offer, ground.space), LEVEL
    )
    names = ground.space.names
    by_dimension = {
        names[place]: buckets(part.pick(owner == place), by_share=False)
        for part, owner in ((found.shares, found.share_dimension), (found.means, found.mean_dimension))
        for place in np.unique(owner).tolist()
    }
    return Coverage(
        level=LEVEL,
        users=len(np.unique(found.shares.user)),
        shares=buckets(found.shares, by_share=True),
        means=buckets(found.means, by_share=False),
        by_dimension=by_dimension,
        shares_given_lists=buckets(under.shares, by_share=True),
        means_given_lists=buckets(under.means, by_share=False),
    )


def _long_run(
    world: World,
    people: People,
    before: Sequence[tuple[int, Shown]],
    days: dict[int, float],
    places: dict[str, int],
    order: Order,
) -> Expectation:
    moments: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for day, one in before:
        if days.get(day):
            moments[one.user_id].append((one.at.timestamp(), days[day]))
    return long_run(world, people, moments, places, np.random.default_rng(order.seed), order.list_size)


def _periods(found: Split) -> Periods:
    return Periods(found.train.dates, found.validation.dates, found.test.dates)


def _dates(found: Split) -> str:
    periods = zip(("train", "validation", "test"), found, strict=True)
    return ", ".join(f"{name} {one.dates[0]} to {one.dates[1]}" for name, one in periods)


def _missing(log: Log) -> list[str]:
    found = []
    if log.world is None:
        found.append("coverage: no hidden truth is known of this log; only simulated traffic has one")
    if not log.shown:
        found.append("ranks (MRR, hit@10): what was shown is not known; give --shown")
    return found
