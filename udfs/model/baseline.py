"""A baseline: what a user's taste is compared with, and what is believed of a user of whom nothing is known.

`population` is what others look at, `inventory` what is on offer. Priors of both have the same strength, so that
evidence counts the same, and without any every lift is exactly 0 over either.
"""

from typing import Literal, TypeAlias, get_args

Baseline: TypeAlias = Literal["population", "inventory"]

BASELINES: tuple[Baseline, ...] = get_args(Baseline)
"""Every baseline by name."""
