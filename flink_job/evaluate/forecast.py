"""A forecast: what one method says on every occasion, whatever the method."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flink_job.evaluate.space import Floats


class Forecast(NamedTuple):
    """`chances` (O, S): predictive probability of each slot. `lifts` (O, S): what it says for an item, in nats.

    `items` (I), if any, ranks items by themselves and not by their values.
    """

    chances: Floats
    lifts: Floats
    items: Floats | None = None

    def pick(self, chosen: npt.NDArray[np.bool_]) -> "Forecast":
        """The forecast on these occasions alone."""
        return Forecast(self.chances[chosen], self.lifts[chosen], self.items)
