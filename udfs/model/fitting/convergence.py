"""Convergence: how the search for one prior went, kept beside the prior that it found."""

import msgspec


class Convergence(msgspec.Struct, frozen=True):
    """`users` with `observations` effective observations took part.

    `gain` is the rise of the log marginal likelihood from the start, in nats per observation; `change` the last step's
    rise, or the largest slope, that was left when the search ended after `iterations`.
    """

    users: int
    observations: float
    iterations: int
    converged: bool
    gain: float
    change: float
