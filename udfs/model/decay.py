"""Decay: how much the evidence of a date weighs, by its age in days.

In: the name of a decay and its parameters as text. Out: a `Decay` whose weights lie in [0, 1]. Age is counted in whole
dates back from the last date that is asked for. A decay weighs evidence only, never the prior.
"""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple

import msgspec

from udfs.errors import QueryError

NEGLIGIBLE = 1e-30
"""Weights below this are 0: their squares would leave the range in which floats are exact."""

MAX_DAYS = 36_500.0
MAX_STEPS = 100


class Step(NamedTuple):
    """From this age in days on, evidence has this weight."""

    from_day: float
    weight: float


class Decay(msgspec.Struct, frozen=True):
    """A named decay. `days` is the window, the span or the half-life; `steps` belongs to the step table."""

    name: str = "none"
    days: float = 0.0
    steps: tuple[Step, ...] = ()

    def weight(self, age: float) -> float:
        """The weight of evidence that is `age` days old; age >= 0."""
        weight = _KINDS[self.name].weight(self, age)
        return weight if weight >= NEGLIGIBLE else 0.0

    @property
    def parameters(self) -> dict[str, float | str]:
        """The parameters as they would be asked for, the step table with its maximum at 1."""
        kind = _KINDS[self.name]
        if kind.parameter is None:
            return {}
        return {kind.parameter: _text(self.steps) if self.steps else self.days}


class _Kind(NamedTuple):
    """One decay: the parameter it needs, how its text is read, and its weight."""

    parameter: str | None
    read: Callable[[str, str], tuple[float, tuple[Step, ...]]]
    weight: Callable[[Decay, float], float]


def parse(name: str, parameters: Mapping[str, str]) -> Decay:
    """The decay called `name`; `parameters` are those that were given, by name. Raises QueryError."""
    kind = _KINDS.get(name)
    if kind is None:
        raise QueryError(field="decay", message=f"{name[:40]!r} is not one of {', '.join(_KINDS)}")
    for given in parameters:
        if given != kind.parameter:
            raise QueryError(given, f"does not belong to decay={name}; leave it out" + _hint(kind))
    if kind.parameter is None:
        return Decay(name)
    if kind.parameter not in parameters:
        raise QueryError(kind.parameter, f"decay={name} needs it, for example {EXAMPLES[kind.parameter]}")
    days, steps = kind.read(kind.parameter, parameters[kind.parameter])
    return Decay(name, days, steps)


def _hint(kind: _Kind) -> str:
    return f", or give {kind.parameter}" if kind.parameter else ""


def _read_days(field: str, text: str) -> tuple[float, tuple[Step, ...]]:
    days = _number(field, text)
    if not 0 < days <= MAX_DAYS:
        raise QueryError(field, f"{text[:40]!r} must be a number of days above 0 and at most {MAX_DAYS:g}")
    return days, ()


def _read_steps(field: str, text: str) -> tuple[float, tuple[Step, ...]]:
    steps = tuple(_step(field, part) for part in text.split(",", MAX_STEPS))
    if len(steps) > MAX_STEPS:
        raise QueryError(field, f"at most {MAX_STEPS} steps are taken")
    if steps[0].from_day != 0 or any(a.from_day >= b.from_day for a, b in pairwise(steps)):
        raise QueryError(field, "days must start at 0 and ascend, for example " + EXAMPLES[field])
    largest = max(step.weight for step in steps)
    if not 0 < largest <= 1e6 or min(step.weight for step in steps) < 0:
        raise QueryError(field, "weights must lie from 0 to 1,000,000, and one of them above 0")
    # A boost must not create evidence: the largest weight is 1.
    return 0.0, tuple(Step(step.from_day, step.weight / largest) for step in steps)


def _step(field: str, part: str) -> Step:
    day, colon, weight = part.partition(":")
    if not colon:
        raise QueryError(field, f"{part[:40]!r} must be day:weight, for example {EXAMPLES[field]}")
    return Step(_number(field, day), _number(field, weight))


def _number(field: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise QueryError(field, f"{text[:40]!r} must be a number, for example {EXAMPLES[field]}")
    return number


def _text(steps: tuple[Step, ...]) -> str:
    return ",".join(f"{step.from_day:g}:{step.weight:g}" for step in steps)


def _stepped(decay: Decay, age: float) -> float:
    return next((step.weight for step in reversed(decay.steps) if age >= step.from_day), 0.0)


EXAMPLES = {"window": "window=7", "span": "span=30", "half_life": "half_life=14", "steps": "steps=0:1,7:0.5,30:0.1"}
"""A valid value of each parameter."""

_KINDS = {
    "none": _Kind(None, _read_days, lambda decay, age: 1.0),
    "window": _Kind("window", _read_days, lambda decay, age: 1.0 if age < decay.days else 0.0),
    "linear": _Kind("span", _read_days, lambda decay, age: max(0.0, 1.0 - age / decay.days)),
    "exponential": _Kind("half_life", _read_days, lambda decay, age: 0.5 ** (age / decay.days)),
    "steps": _Kind("steps", _read_steps, _stepped),
}

NAMES = tuple(_KINDS)
"""Every decay by name."""
