"""Tuning: Penchant and its rivals, each with the setting that does best on the validation period.

In: the ground. Out: contenders, ready for the test period.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from flink_job.evaluate.clusters import over_users
from flink_job.evaluate.forecast import Forecast
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.occasions import Occasions
from flink_job.evaluate.penchant import Penchant, fit_coefficients, fit_priors
from flink_job.evaluate.prediction import scored
from flink_job.evaluate.rivals import Setting, item_counts, rivals
from flink_job.evaluate.space import Floats
from udfs.model.decay import Decay

STEADY = "no decay"
"""Penchant with whole evidence for every date: a setting, and a rival where another one is better."""

Say = Callable[[str], None]


class Contender(NamedTuple):
    """A method as validation has made it."""

    name: str
    parameters: str
    forecast: Callable[[Occasions], Forecast]
    coefficients: Floats


def models(ground: Ground, half_lives: Sequence[float]) -> dict[str, Penchant]:
    """A model per decay, by its name; each with priors of the training period."""
    found = {}
    for half_life in half_lives:
        decay = Decay("exponential", half_life) if half_life else Decay()
        items = list(ground.log.items.values())
        priors = fit_priors(ground.log.catalogue, ground.space, ground.by_user, ground.split.train, decay, items)
        found[_named(half_life)] = Penchant(ground.log.catalogue, ground.space, ground.by_user, priors, decay)
    return found


def _named(half_life: float) -> str:
    return f"half-life {half_life:g} d" if half_life else STEADY


def tuned(
    ground: Ground, known: dict[str, Penchant], validation: Occasions, say: Say
) -> tuple[Contender, list[Contender]]:
    """Penchant and its rivals, each with the setting whose log score on the validation period is best."""
    own = [Setting("penchant", name, partial(_forecast, model)) for name, model in known.items()]
    shown = item_counts(ground.occasions(ground.split.train).lists, len(ground.offer.slots))
    ours = _best(ground, own, validation, say)
    others = [
        _best(ground, one, validation, say) for one in rivals(ground.batches, ground.space, ground.split.train, shown)
    ]
    if ours.parameters != STEADY and STEADY in known:
        steady = [one._replace(name=STEADY) for one in own if one.parameters == STEADY]
        others.append(_best(ground, steady, validation, say))
    return ours, others


def _best(ground: Ground, settings: Sequence[Setting], validation: Occasions, say: Say) -> Contender:
    tried = []
    for setting in settings:
        forecast = setting.forecast(validation)
        coefficients = fit_coefficients(forecast.lifts, validation.lists, ground.offer.slots)
        found = scored(forecast, coefficients, validation, ground.space, ground.offer.slots, ground.users)
        log_score, reciprocal = over_users(found.summed).mean, over_users(found.reciprocal).mean
        say(f"  {setting.name:<18} {setting.parameters:<40} validation: {log_score:8.3f} nats, MRR {reciprocal:.4f}")
        tried.append((log_score, reciprocal, Contender(*setting, coefficients)))
    return max(tried, key=lambda one: one[:2])[2]


def _forecast(model: Penchant, occasions: Occasions) -> Forecast:
    return model.answers(occasions).forecast
