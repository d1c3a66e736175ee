"""The query parameters: what each is called, does and looks like.

Questions are read by this table, and the OpenAPI document is made from it.
"""

from typing import NamedTuple

from udfs.model import decay
from udfs.model.baseline import BASELINES

MAX_TOP = 100
MAX_PARAMETER_CHARACTERS = 2_000


class Parameter(NamedTuple):
    """A query parameter: its name, what it does, and a valid value."""

    name: str
    description: str
    example: str


PARAMETERS = (
    Parameter("preset", "Name of a preset, whose parameters hold where none is given; see /v1/presets.", "teaser"),
    Parameter("from", "First date that counts, in the catalogue's time zone. Not together with `days`.", "2026-11-01"),
    Parameter("to", "Last date that counts; ages are counted back from it. Today by default.", "2026-11-20"),
    Parameter("at", "The profile as it stood at the end of that day: `to` by another name.", "2026-11-20"),
    Parameter("days", "That many dates up to `to`; all that are kept by default.", "20"),
    Parameter("dimensions", "Names of dimensions, separated by commas; all by default.", "make,price"),
    Parameter("decay", f"How evidence ages: {', '.join(decay.NAMES)}; none by default.", "exponential"),
    Parameter("window", "For decay=window: only evidence younger than that many days counts.", "7"),
    Parameter("span", "For decay=linear: the age in days at which evidence has lost all its weight.", "30"),
    Parameter("half_life", "For decay=exponential: the age in days at which evidence has half its weight.", "14"),
    Parameter("steps", "For decay=steps: from-day:weight, from day 0 on; rescaled to a maximum of 1.", "0:1,7:0.5"),
    Parameter("weights", "Weight per type of event; types not named keep the catalogue's weight.", "view:1,park:3"),
    Parameter("level", "Probability inside the intervals, from 0.5 to 0.999; 0.9 by default.", "0.9"),
    Parameter(
        "baseline",
        f"What a taste is compared with: {' or '.join(BASELINES)} (what others like, or what is on offer).",
        "inventory",
    ),
    Parameter("bins", "true shows the bins of numbers in a profile, false by default.", "true"),
    Parameter("top", f"Categories that are named per dimension, from 1 to {MAX_TOP}; 5 by default.", "5"),
)
"""Everything that a question may say."""

HISTORY_PARAMETERS = ("from", "to", "days", "at", "dimensions")
"""What a request for a history may say."""

NAMES = tuple(parameter.name for parameter in PARAMETERS)
